import { useSessionStorage } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { Fragment, useCallback, useEffect, useRef } from "react";
import { useMoveBlock } from "../api/blocks";
import { useJobs } from "../api/jobs";
import { moved } from "../api/moved";
import { ProblemAlert } from "../components/problem-alert";
import { BlockCard } from "./block-card";
import { InsertBlock } from "./insert-block";
import { jobsOfBlock } from "./job/jobs-of-block";
import { headingAbove, sectionsOf } from "./sections";
import { useDrag } from "./use-drag";
import { useDrawnInSteps } from "./use-drawn-in-steps";
import { useScrollToHash } from "./use-scroll-to-hash";

const NONE: readonly string[] = [];

interface BlockListProps {
  documentId: string;
  blocks: readonly Block[];
  /** The jobs of the document that are or were in flight. */
  followed: readonly Job[];
}

/** The blocks of a document. Sections can be folded, and blocks moved and inserted. */
export function BlockList({ documentId, blocks, followed }: BlockListProps) {
  const ended = useJobs({ documentId, status: ["COMPLETED", "FAILED"], type: ["GENERATE", "REFINE"], limit: 100 });
  const move = useMoveBlock(documentId);
  const list = useRef<HTMLDivElement>(null);
  /** The headings whose sections are hidden, in this tab. */
  const [folded, setFolded] = useSessionStorage<readonly string[]>({
    key: `report-builder.folded.${documentId}`,
    defaultValue: NONE,
    getInitialValueInEffect: false,
  });
  const drawn = useDrawnInSteps(blocks.length);
  useScrollToHash(drawn === blocks.length, (blockId) => unfold(blocks, blockId));
  const { drag, grab } = useDrag({ list, onDrop });

  const latest = useRef(moveBy);
  useEffect(() => {
    latest.current = moveBy;
  });
  const onMove = useCallback((blockId: string, by: number) => latest.current(blockId, by), []);
  const onToggle = useCallback(
    (headingId: string) => {
      setFolded((was) => (was.includes(headingId) ? without(was, headingId) : [...was, headingId]));
    },
    [setFolded],
  );

  function unfold(among: readonly Block[], blockId: string) {
    const heading = headingAbove(among, blockId);
    if (heading !== null) setFolded((was) => without(was, heading));
  }

  function moveTo(blockId: string, position: number) {
    // A hidden block would be lost to the user, and a heading without its section would leave it to another heading.
    unfold(moved(move.blocksNow(), { blockId, position }), blockId);
    setFolded((was) => without(was, blockId));
    move.mutate({ blockId, position });
  }

  function moveBy(blockId: string, by: number) {
    // A person may press a key faster than the page draws.
    const now = move.blocksNow();
    const position = now.findIndex(({ id }) => id === blockId) + by;
    if (position >= 0 && position < now.length) moveTo(blockId, position);
  }

  function onDrop(blockId: string, gap: number) {
    const from = blocks.findIndex(({ id }) => id === blockId);
    const position = gap > from ? gap - 1 : gap;
    if (position !== from) moveTo(blockId, position);
  }

  function dragOf(block: Block, index: number) {
    if (drag === null) return undefined;
    if (drag.gap === index) return "before";
    if (drag.gap === blocks.length && index === blocks.length - 1) return "after";
    return drag.blockId === block.id ? "dragged" : undefined;
  }

  const firstHeading = blocks.findIndex(({ type }) => type === "HEADING");
  const sections = sectionsOf(blocks);
  const hidden = new Set(folded.flatMap((heading) => sections.get(heading) ?? []));
  return (
    <>
      <ProblemAlert error={move.error} title="The block cannot be moved" />
      <div ref={list}>
        {blocks.slice(0, drawn).map((block, index) => (
          <Fragment key={block.id}>
            {index > 0 && !hidden.has(block) && <InsertBlock documentId={documentId} position={index} />}
            <BlockCard
              block={block}
              index={index}
              isLast={index === blocks.length - 1}
              headingLevel={firstHeading >= 0 && firstHeading < index ? 3 : 2}
              isHidden={hidden.has(block)}
              hiddenCount={folded.includes(block.id) ? (sections.get(block.id)?.length ?? 0) : null}
              drag={dragOf(block, index)}
              onMove={onMove}
              onGrab={grab}
              onToggle={onToggle}
              {...jobsOfBlock(block.id, followed, ended.items)}
            />
          </Fragment>
        ))}
      </div>
    </>
  );
}

function without(ids: readonly string[], id: string): readonly string[] {
  return ids.filter((other) => other !== id);
}
