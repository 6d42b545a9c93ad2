import { createClient } from "@report-builder/jobs/client";

/** The address of the service. Read when the server starts, not when the app is built. */
export const SERVICE_URL = process.env.REPORT_BUILDER_API ?? "http://127.0.0.1:4000";

/** The token of the signed-in user. Read it from the session of your app. The local runner needs none. */
export async function accessToken(): Promise<string | null> {
  return process.env.REPORT_BUILDER_TOKEN ?? null;
}

/** For server components. The browser uses the client of `app/providers.tsx`. */
export const service = createClient({ baseUrl: SERVICE_URL, getToken: accessToken });
