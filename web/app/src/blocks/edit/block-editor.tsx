import { Alert, Button, Group, Loader, Stack, Textarea, TextInput } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { type FormEvent, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { idsOf, useDeleteBlock } from "../../api/blocks";
import { ANSWER_CHARACTERS } from "../../api/limits";
import { Confirm } from "../../components/confirm";
import { count } from "../../components/format";
import { ProblemAlert } from "../../components/problem-alert";
import { focusContent } from "../focus-block";
import classes from "./block-editor.module.css";
import {
  conflictsOf,
  type Draft,
  deleteDraft,
  draftOf,
  excessBytes,
  isChanged,
  readDraft,
  saveDraft,
  textsOf,
} from "./drafts";
import { useOpenEditor } from "./open-editors";
import { useSaveBlock } from "./use-save-block";

const TextChoice = lazy(() => import("../../diff/text-choice"));

/** As in “Your prompt”. */
const LABELS = { prompt: "prompt", content: "content", maxCharacters: "longest answer" };

export interface TextRange {
  start: number;
  end: number;
}

interface BlockEditorProps {
  block: Block;
  /** The part of the content that is selected when the editor opens. The indexes count UTF-16 units. */
  selection?: TextRange | undefined;
  onClose: () => void;
  /** Called for Ctrl+Enter in place of a save. It saves the edit, too. */
  onGenerate?: () => void;
}

/**
 * Edits the prompt and content of a block. Typed text survives a reload of the page. It is sent when the user saves it
 * or starts a job.
 */
export function BlockEditor({ block, selection, onClose, onGenerate }: BlockEditorProps) {
  const [draft, setDraft] = useState<Draft>(() => readDraft(block.id) ?? draftOf(block));
  const { save, isSaving, error, newer, takeNewer } = useSaveBlock(block, () =>
    isChanged(draft) ? close() : discard(),
  );
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const removal = useDeleteBlock(idsOf(block), focusContent);
  const excess = excessBytes(draft);

  function change(field: Partial<Draft>) {
    const changed = { ...draft, ...field };
    setDraft(changed);
    saveDraft(block.id, changed);
  }

  function close() {
    deleteDraft(block.id);
    onClose();
  }

  /** Closes without a change. A new heading that got no words goes away again. */
  function discard() {
    const isNew = block.version === 1 && !block.content;
    if (block.type !== "HEADING" || !isNew) return close();
    deleteDraft(block.id);
    removal.mutate({ version: block.version }, { onError: onClose });
  }

  /** Runs `action`, after a confirmation if the edit has unsaved changes. */
  function leave(action: () => void) {
    if (isChanged(draft)) setLeaving(() => action);
    else action();
  }

  async function saveDraftNow() {
    return !isSaving && excess === 0 && newer === null && save(draft, draft.version);
  }
  useOpenEditor(block.id, saveDraftNow);

  function submit(event: FormEvent) {
    event.preventDefault();
    void saveDraftNow();
  }

  function handleKey(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing || isSaving) return;
    if (event.key === "Escape") {
      event.preventDefault();
      leave(discard);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (onGenerate) onGenerate();
      else void saveDraftNow();
    }
  }

  return (
    <>
      <form onSubmit={submit} aria-label="Edit the block" className={classes.editor}>
        <Stack gap="sm" pb="sm">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: it handles the keys of its fields. */}
          <div className={classes.fields} onKeyDown={handleKey}>
            <Fields type={block.type} draft={draft} selection={selection} readOnly={isSaving} onChange={change} />
          </div>
          {newer === null && block.version !== draft.version && (
            <Alert color="yellow" title="The block was changed meanwhile">
              Your edit is kept. When you save, you can compare the two and choose.
            </Alert>
          )}
          {newer !== null && (
            <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>
              <TextChoice
                title="The block was changed meanwhile"
                explanation="A job, another tab or another device has saved a newer version since you started to edit."
                differences={conflictsOf(draft, textsOf(newer)).map((texts) => ({
                  ...texts,
                  name: LABELS[texts.name],
                }))}
                theirsLabel="Newer version"
                useTheirs="Use the newer version"
                pending={isSaving}
                error={null}
                onKeepMine={() => void save(draft, newer.version)}
                onUseTheirs={() => leave(takeNewer)}
              />
            </Suspense>
          )}
          {excess > 0 && (
            <Alert color="red" role="alert" title="The text is too long to be saved">
              Move a part of it to another block: at least {count(excess)} of its characters.
            </Alert>
          )}
          <ProblemAlert error={error} title="The block cannot be saved" />
          <Group gap="xs">
            <Button type="submit" size="sm" loading={isSaving} disabled={newer !== null || excess > 0}>
              Save
            </Button>
            <Button size="sm" variant="default" disabled={isSaving || removal.isPending} onClick={() => leave(discard)}>
              Discard
            </Button>
          </Group>
        </Stack>
      </form>
      <Confirm
        opened={leaving !== null}
        title="Discard what you typed?"
        message="It was not saved and cannot be restored."
        confirmLabel="Discard"
        cancelLabel="Keep editing"
        pending={false}
        error={null}
        onConfirm={() => leaving?.()}
        onClose={() => setLeaving(null)}
      />
    </>
  );
}

interface FieldsProps {
  type: Block["type"];
  draft: Draft;
  selection: TextRange | undefined;
  readOnly: boolean;
  onChange: (field: Partial<Draft>) => void;
}

/** Selects a part of the text when its field appears. */
function useSelection(text: string, selection: TextRange | undefined) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [{ first, end }] = useState(() => {
    // A field counts each line end as one character.
    const position = (index = 0) => text.slice(0, index).replaceAll("\r\n", "\n").length;
    return { first: position(selection?.start), end: position(selection?.end) };
  });
  useEffect(() => {
    if (first === end) return;
    field.current?.setSelectionRange(first, end);
    field.current?.focus();
  }, [first, end]);
  return field;
}

const ROWS = 24;
/** A field with autosize measures its text at every key. With a longer text this makes typing slow. */
const MAX_AUTOSIZE_CHARS = 20_000;

function sizeFor(text: string, minRows: number) {
  return text.length > MAX_AUTOSIZE_CHARS ? { rows: ROWS } : { autosize: true, minRows, maxRows: ROWS };
}

function Fields({ type, draft, selection, readOnly, onChange }: FieldsProps) {
  const content = useSelection(draft.content, selection);
  if (type === "HEADING") {
    return (
      <TextInput
        label="Heading"
        value={draft.content}
        autoFocus
        readOnly={readOnly}
        onChange={(event) => onChange({ content: event.currentTarget.value })}
      />
    );
  }
  return (
    <>
      {type === "PROMPT_RESPONSE" && (
        <Textarea
          label="Prompt"
          description="The question that this block answers. Ctrl+Enter or ⌘+Enter saves and generates."
          {...sizeFor(draft.prompt, 2)}
          autoFocus={!selection}
          readOnly={readOnly}
          value={draft.prompt}
          onChange={(event) => onChange({ prompt: event.currentTarget.value })}
        />
      )}
      <Textarea
        label={type === "TEXT" ? "Text" : "Content"}
        description="Markdown."
        {...sizeFor(draft.content, 4)}
        ref={content}
        autoFocus={type === "TEXT" && !selection}
        readOnly={readOnly}
        value={draft.content}
        onChange={(event) => onChange({ content: event.currentTarget.value })}
      />
      {type === "PROMPT_RESPONSE" && (
        <TextInput
          label="Longest answer"
          description="Characters, 100 to 20,000. Drafts keep to it. Leave it empty for any length."
          type="number"
          {...ANSWER_CHARACTERS}
          readOnly={readOnly}
          value={draft.maxCharacters}
          onChange={(event) => onChange({ maxCharacters: event.currentTarget.value })}
        />
      )}
    </>
  );
}
