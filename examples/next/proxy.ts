import { type NextRequest, NextResponse } from "next/server";
import { accessToken, SERVICE_URL } from "@/lib/service";

export const config = {
  matcher: ["/api/report-builder/:path*", "/api/evidence/:path*", "/api/goals/:path*", "/api/reviews/:path*"],
};

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** The paths of the service. All others, such as /api/goals/generate, stay with the routes of this app. */
const SERVICE_PATHS = [
  // Jobs
  "/api/report-builder/jobs",
  "/api/report-builder/jobs/dry-run",
  "/api/report-builder/jobs/ID",
  "/api/report-builder/jobs/ID/retry",
  "/api/report-builder/usage",
  // Documents
  "/api/report-builder",
  "/api/report-builder/ID",
  "/api/report-builder/ID/jobs",
  "/api/report-builder/ID/jobs/dry-run",
  "/api/report-builder/ID/blocks",
  "/api/report-builder/ID/blocks/ID",
  "/api/report-builder/ID/blocks/ID/history",
  "/api/report-builder/ID/export",
  // The library
  "/api/(?:evidence|goals|reviews)",
  "/api/(?:evidence|goals|reviews)/ID",
  "/api/(?:evidence|goals|reviews)/import",
  "/api/evidence/counts",
];

const isOfService = new RegExp(`^(?:${SERVICE_PATHS.join("|").replaceAll("ID", ID)})$`);

export async function proxy(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  if (!isOfService.test(pathname)) return NextResponse.next();

  const headers = new Headers(request.headers);
  headers.delete("cookie"); // The session of this app is none of the service's business.
  headers.delete("authorization");
  const token = await accessToken();
  if (token) headers.set("authorization", `Bearer ${token}`);
  return NextResponse.rewrite(new URL(pathname + search, SERVICE_URL), { request: { headers } });
}
