// A handler as one would write it on Node: the same calls to AWS as create-job and get-job, a line of log and a metric
// for each request. It checks less than they do.
import { createHash, randomUUID } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const logger = new Logger({ serviceName: "report-builder-jobs" });
const metrics = new Metrics({ namespace: "ReportBuilderJobs" });
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});
const table = process.env.TABLE_NAME;
const limits = process.env.MAX_ACTIVE_JOBS !== undefined;

const text = (value) => ({ S: value });
const number = (value) => ({ N: String(value) });
const hash = (...parts) => createHash("sha256").update(parts.join("\n")).digest();

/** Opens the connection, as the functions do at their start. */
export const start = () =>
  dynamodb.send(new GetItemCommand({ TableName: table, Key: { pk: text("WARM_UP"), sk: text("WARM_UP") } }));

export async function handler(event) {
  const { iss, sub } = event.requestContext.authorizer.jwt.claims;
  const owner = `USER#${hash(iss, sub).subarray(0, 16).toString("base64url")}`;
  const answer = event.requestContext.http.method === "POST" ? await create(owner, event) : await show(owner, event);
  metrics.addMetric("Requests", MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return answer;
}

async function create(owner, event) {
  const { type, documentId, blockId } = JSON.parse(event.body);
  const now = new Date();
  const id = randomUUID();
  const key = event.headers["idempotency-key"];
  const record = key && `IDEMPOTENCY#${hash(event.rawPath, key).toString("hex")}`;
  const pointer = `IN_FLIGHT#${documentId}#${blockId}`;
  const sortKeys = [record, pointer, `DOCUMENT#${documentId}#BLOCK#${blockId}`].filter(Boolean);
  const keys = sortKeys.map((sk) => ({ pk: text(owner), sk: text(sk) }));
  const [found] = await Promise.all([
    dynamodb.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } })),
    ...(limits ? countJobs(owner, now) : []),
  ]);
  if (!found.Responses[table].length) return response(404, { title: "Not found" });
  const job = { id, type, status: "PENDING", documentId, blockId, createdAt: now.toISOString(), attempt: 0 };
  const puts = [
    record && { sk: text(record), body: text(JSON.stringify(job)), expiresAt: number(Math.floor(now / 1000) + 86_400) },
    { sk: text(pointer), jobId: text(id) },
    {
      sk: text(`JOB#${id}`),
      ...Object.fromEntries(Object.entries(job).map(([name, value]) => [name, text(String(value))])),
      unfinishedPk: text(owner),
      documentPk: text(`${owner}#${documentId}`),
    },
  ].filter(Boolean);
  const writes = puts.map((item) => ({
    Put: { TableName: table, Item: { pk: text(owner), ...item }, ConditionExpression: "attribute_not_exists(pk)" },
  }));
  await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: writes, ClientRequestToken: randomUUID() }));
  const message = JSON.stringify({ format: 2, user: owner, jobId: id });
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: message }));
  logger.info("job created", { jobId: id, jobType: type });
  return response(202, job);
}

/** The jobs of the last minute, and those that have not ended. */
function countJobs(owner, now) {
  const names = { TableName: table, ExpressionAttributeNames: { "#pk": "pk" } };
  const recent = new QueryCommand({
    ...names,
    KeyConditionExpression: "#pk = :pk AND sk BETWEEN :from AND :until",
    ExpressionAttributeValues: { ":pk": text(owner), ":from": text(`JOB#${now.getTime()}`), ":until": text("JOB#~") },
    ConsistentRead: true,
    ProjectionExpression: "sk",
  });
  const unfinished = new QueryCommand({
    ...names,
    IndexName: "unfinishedByUser",
    ExpressionAttributeNames: { "#pk": "unfinishedPk" },
    KeyConditionExpression: "#pk = :pk",
    ExpressionAttributeValues: { ":pk": text(owner) },
    Select: "COUNT",
    Limit: 50,
  });
  return [dynamodb.send(recent), dynamodb.send(unfinished)];
}

async function show(owner, event) {
  const from = `JOB#${event.pathParameters.jobId}`;
  const found = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
      ExpressionAttributeValues: { ":pk": text(owner), ":from": text(from), ":until": text(`${from}#PROGRESS`) },
      ConsistentRead: true,
    }),
  );
  const [item] = found.Items;
  if (!item) return response(404, { title: "Not found" });
  const job = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, Object.values(value)[0]]));
  return response(200, job);
}

const response = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "private, no-store" },
  body: JSON.stringify(body),
});
