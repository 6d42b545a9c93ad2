import { Button, Loader, Menu, VisuallyHidden } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import type { Document as ReportDocument } from "@report-builder/jobs";
import {
  IconCheck,
  IconChevronDown,
  IconClipboardText,
  IconDownload,
  IconFileTypeDocx,
  IconMarkdown,
  IconPrinter,
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { readExport } from "../api/documents";
import { ProblemAlert } from "../components/problem-alert";
import { copy, richText } from "./copy";
import { download, fileName } from "./download";

interface Action {
  label: string;
  /** What is said when it is done. */
  done: string;
  Icon: typeof IconPrinter;
  run: (document: ReportDocument, hasSources: boolean) => Promise<void>;
}

const PRINT: Action = {
  label: "Print",
  done: "",
  Icon: IconPrinter,
  run: async ({ id }, hasSources) => {
    const [markdown, { print }] = await Promise.all([readExport(id, "markdown", hasSources), import("./print")]);
    print(markdown);
  },
};

const ACTIONS: readonly Action[] = [
  {
    label: "Copy as Markdown",
    done: "Copied as Markdown",
    Icon: IconMarkdown,
    run: ({ id }, hasSources) => copy({ "text/plain": readExport(id, "markdown", hasSources) }),
  },
  {
    label: "Copy as rich text",
    done: "Copied as rich text",
    Icon: IconClipboardText,
    run: ({ id }, hasSources) =>
      copy({
        "text/html": readExport(id, "html", hasSources).then(richText),
        "text/plain": readExport(id, "markdown", hasSources),
      }),
  },
  {
    label: "Download .md",
    done: "Downloaded .md",
    Icon: IconDownload,
    run: async ({ id, name }, hasSources) => {
      const markdown = await readExport(id, "markdown", hasSources);
      download(new Blob([markdown], { type: "text/markdown" }), fileName(name, "md"));
    },
  },
  {
    label: "Download .docx",
    done: "Downloaded .docx",
    Icon: IconFileTypeDocx,
    run: async ({ id, name }, hasSources) => {
      const [markdown, { docxOf }] = await Promise.all([readExport(id, "markdown", hasSources), import("./docx")]);
      download(await docxOf(markdown, name), fileName(name, "docx"));
    },
  },
  PRINT,
];

/** Takes a document out of the page. The menu stays open, so that it can be taken in more than one form. */
export function ExportMenu({ document }: { document: ReportDocument }) {
  const [hasSources, setHasSources] = useState(true);
  const action = useMutation({ mutationFn: (chosen: Action) => chosen.run(document, hasSources) });
  // The browser would print the page, with its sources folded.
  useWindowEvent("keydown", (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!action.isPending) action.mutate(PRINT);
  });
  return (
    <>
      <Menu
        position="bottom-end"
        withinPortal={false}
        withInitialFocusPlaceholder={false}
        closeOnItemClick={false}
        shadow="md"
        onOpen={action.reset}
      >
        <Menu.Target>
          <Button variant="default" size="sm" px="sm" rightSection={<IconChevronDown size={16} />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.CheckboxItem checked={hasSources} onChange={setHasSources}>
            With sources
          </Menu.CheckboxItem>
          <Menu.Divider />
          {ACTIONS.map((item) => (
            <Menu.Item
              key={item.label}
              leftSection={<item.Icon size={16} />}
              rightSection={action.variables === item && <State action={action} />}
              onClick={() => !action.isPending && action.mutate(item)}
            >
              {item.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <VisuallyHidden role="status">{action.isSuccess && action.variables.done}</VisuallyHidden>
      <ProblemAlert error={action.error} title="The document cannot be exported" />
    </>
  );
}

function State({ action: { isPending, isSuccess } }: { action: { isPending: boolean; isSuccess: boolean } }) {
  if (isPending) return <Loader size={14} aria-hidden />;
  return isSuccess ? <IconCheck size={16} aria-hidden /> : null;
}
