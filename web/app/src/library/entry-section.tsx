import { ActionIcon, Button, Checkbox, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDatabaseImport, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type LibraryResource, useEntries, useRemoveEntry, useSaveEntry } from "../api/library";
import { Confirm } from "../components/confirm";
import { ListState } from "../components/list-state";
import { SidePanel } from "../components/side-panel";
import { DeleteSelected } from "./delete-selected";
import { ImportDrawer } from "./import/import-drawer";
import type { ImportKind } from "./import/use-import";
import classes from "./library.module.css";
import { SelectionBar } from "./selection-bar";
import { useSelection } from "./use-selection";

export interface EntryFormProps<Entry, NewEntry> {
  /** The entry to edit, or null for a new entry. */
  entry: Entry | null;
  pending: boolean;
  error: Error | null;
  onSubmit: (body: NewEntry) => void;
}

interface EntrySectionProps<Entry extends { id: string }, NewEntry, Filters extends object> {
  resource: LibraryResource<Entry, NewEntry, Filters>;
  filters: Filters;
  kind: ImportKind;
  /** The name of an entry, as in “Add goal”. */
  noun: string;
  /** The fields that set `filters`. Not shown over a list that is empty without them. */
  filterFields?: ReactNode;
  /** Shown if nothing matches the filters. */
  unmatched?: ReactNode;
  /** Shown if there are no entries at all. */
  renderEmpty: (importButton: ReactNode) => ReactNode;
  /** What can be done with selected entries elsewhere. */
  selectionHint?: ReactNode;
  nameOf: (entry: Entry) => string;
  renderEntry: (entry: Entry) => ReactNode;
  renderForm: (form: EntryFormProps<Entry, NewEntry>) => ReactNode;
}

/** A list of the library with forms to add, edit and delete entries, one or many. */
export function EntrySection<Entry extends { id: string }, NewEntry, Filters extends object>(
  props: EntrySectionProps<Entry, NewEntry, Filters>,
) {
  const { resource, noun, nameOf } = props;
  const entries = useEntries(resource, props.filters);
  const selection = useSelection(entries.items);
  const save = useSaveEntry(resource);
  const remove = useRemoveEntry(resource);
  const [formOpened, form] = useDisclosure(false);
  const [edited, setEdited] = useState<Entry | null>(null);
  const [deleted, setDeleted] = useState<Entry | null>(null);
  const [importing, importer] = useDisclosure(false);
  const isFiltered = Object.keys(props.filters).length > 0;
  const isEmpty = !isFiltered && !entries.isLoading && entries.error === null && entries.items.length === 0;
  const importButton = (
    <Button
      variant={isEmpty ? "filled" : "default"}
      size="sm"
      leftSection={<IconDatabaseImport size={16} />}
      onClick={importer.open}
    >
      Import
    </Button>
  );

  function openForm(entry: Entry | null) {
    save.reset();
    setEdited(entry);
    form.open();
  }

  return (
    <>
      {!isEmpty && props.filterFields}
      <Group gap="xs" justify="flex-end" mb="md">
        {!isEmpty && importButton}
        <Button
          size="sm"
          variant={isEmpty ? "default" : "filled"}
          leftSection={<IconPlus size={16} />}
          onClick={() => openForm(null)}
        >
          Add {noun}
        </Button>
      </Group>
      <ListState list={entries} empty={isFiltered ? props.unmatched : props.renderEmpty(importButton)}>
        <SelectionBar selection={selection}>
          <DeleteSelected selected={selection.selected} nameOf={nameOf} remove={resource.remove} />
          {props.selectionHint}
        </SelectionBar>
        <ul className={classes.list}>
          {entries.items.map((entry) => (
            <li key={entry.id} className={classes.entry}>
              <Checkbox
                size="sm"
                aria-label={`Select ${nameOf(entry)}`}
                checked={selection.has(entry.id)}
                onChange={(event) => selection.toggle(entry.id, event.currentTarget.checked)}
              />
              <div className={classes.body}>{props.renderEntry(entry)}</div>
              <div className={classes.tools}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Edit ${nameOf(entry)}`}
                  onClick={() => openForm(entry)}
                >
                  <IconPencil size={17} stroke={1.7} />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Delete ${nameOf(entry)}`}
                  onClick={() => setDeleted(entry)}
                >
                  <IconTrash size={17} stroke={1.7} />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ul>
      </ListState>
      <ImportDrawer kind={props.kind} opened={importing} onClose={importer.close} />
      <SidePanel opened={formOpened} onClose={form.close} title={edited ? `Edit ${noun}` : `Add ${noun}`}>
        {props.renderForm({
          entry: edited,
          pending: save.isPending,
          error: save.error,
          onSubmit: (body) => save.mutate({ id: edited?.id, body }, { onSuccess: form.close }),
        })}
      </SidePanel>
      <Confirm
        opened={deleted !== null}
        title={`Delete this ${noun}?`}
        message={`New drafts will not use “${deleted ? nameOf(deleted) : ""}”. Texts that cite it stay unchanged.`}
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => deleted && remove.mutate(deleted.id, { onSuccess: () => setDeleted(null) })}
        onClose={() => setDeleted(null)}
      />
    </>
  );
}
