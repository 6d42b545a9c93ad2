import { ApiError } from "@report-builder/jobs";
import { expect, test, vi } from "vitest";
import { removeOneByOne } from "./one-by-one";

const never = new AbortController().signal;

test("one entry is deleted after the other, and each counts", async () => {
  let running = 0;
  const remove = vi.fn(async () => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    running -= 1;
  });
  const progress: number[] = [];
  const failures = await removeOneByOne(["a", "b", "c"], {
    remove,
    onProgress: (n) => progress.push(n),
    signal: never,
  });
  expect(failures).toEqual([]);
  expect(progress).toEqual([1, 2, 3]);
});

test("an error is kept and the rest is deleted", async () => {
  const remove = vi.fn(async (id: string) => {
    if (id === "b") throw new Error("no connection");
  });
  const failures = await removeOneByOne(["a", "b", "c"], { remove, onProgress: () => {}, signal: never });
  expect(failures).toEqual([{ id: "b", error: new Error("no connection") }]);
  expect(remove).toHaveBeenCalledTimes(3);
});

test("an entry that is already gone is no error", async () => {
  const gone = Object.create(ApiError.prototype, { status: { value: 404 } });
  const remove = () => Promise.reject(gone);
  expect(await removeOneByOne(["a"], { remove, onProgress: () => {}, signal: never })).toEqual([]);
});

test("nothing more is deleted after a stop", async () => {
  const stop = new AbortController();
  const remove = vi.fn(async () => stop.abort());
  await removeOneByOne(["a", "b"], { remove, onProgress: () => {}, signal: stop.signal });
  expect(remove).toHaveBeenCalledTimes(1);
});
