// Node's own `require`, without Jest.
const { createClient, unwrap } = require("@report-builder/jobs/client");
const { useJob } = require("@report-builder/jobs");

const client = createClient({ baseUrl: "https://reports.example", fetch: async () => Response.json({ documents: [] }) });

unwrap(client.GET("/api/report-builder")).then(({ documents }) => {
  if (documents.length !== 0 || typeof useJob !== "function") throw new Error("The package was not loaded.");
  console.log("require: ok");
});
