// The loop of the Lambda runtime, with less than Amazon's own does. It ends when the runtime API refuses an invocation.
import { handler, start } from "./handler.bundle.mjs";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
await start();
for (;;) {
  let next;
  try {
    next = await fetch(`${api}/next`);
  } catch {
    process.exit(0);
  }
  const answer = await handler(await next.json());
  const id = next.headers.get("lambda-runtime-aws-request-id");
  await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(answer) });
}
