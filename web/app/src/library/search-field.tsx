import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { MAX_SEARCH_LENGTH } from "./evidence-query";

const DEBOUNCE_MS = 300;

interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  /** Called with the trimmed text when the user pauses or presses Enter. */
  onSearch: (text: string) => void;
}

/** A search that waits for a pause in typing. It also shows a `value` from elsewhere, such as of the Back button. */
export function SearchField({ label, placeholder, value, onSearch }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  const [seen, setSeen] = useState(value);
  // The value that was sent comes back later, when the user may have typed more.
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) setText(value);
  }
  const search = useDebouncedCallback((words: string) => {
    setSent(words);
    onSearch(words);
  }, DEBOUNCE_MS);

  function change(words: string) {
    setText(words);
    search(words.trim());
  }

  return (
    <TextInput
      ref={input}
      type="search"
      label={label}
      placeholder={placeholder}
      maxLength={MAX_SEARCH_LENGTH}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        // The field may be in a form.
        event.preventDefault();
        search.flush();
      }}
      rightSection={
        text !== "" && (
          <CloseButton
            size="sm"
            aria-label="Clear the search"
            onClick={() => {
              change("");
              search.flush();
              input.current?.focus();
            }}
          />
        )
      }
    />
  );
}
