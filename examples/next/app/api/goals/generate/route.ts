/** A route of the app itself. The proxy leaves it alone, although /api/goals is answered by the service. */
export function POST() {
  return Response.json({ goals: ["A goal of the app"] });
}
