import { version } from "react";
import { version as domVersion } from "react-dom";
import { expect, test } from "vitest";

test("each project runs on the React version in its name", ({ task }) => {
  const major = task.file.projectName?.replace("React ", "");
  expect([version.split(".")[0], domVersion.split(".")[0]]).toEqual([major, major]);
});
