import { Button, Group } from "@mantine/core";
import { useState } from "react";

interface NoticeActionsProps {
  message: string;
  /** Absent if there is nothing to undo. */
  onUndo?: (() => Promise<void>) | undefined;
  onShow: () => void;
}

/** The message of a notice about a section, with what the user can do next. */
export function NoticeActions({ message, onUndo, onShow }: NoticeActionsProps) {
  const [isUndoing, setIsUndoing] = useState(false);
  return (
    <>
      {message}
      <Group gap="xs" mt={6}>
        {onUndo && (
          <Button
            size="compact-sm"
            variant="default"
            loading={isUndoing}
            onClick={() => {
              setIsUndoing(true);
              void onUndo().finally(() => setIsUndoing(false));
            }}
          >
            Undo
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={onShow}>
          Show
        </Button>
      </Group>
    </>
  );
}
