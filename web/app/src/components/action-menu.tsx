import { ActionIcon, Menu } from "@mantine/core";
import type { ReactNode } from "react";

interface ActionMenuProps {
  /** Accessible name of the button. */
  label: string;
  icon: ReactNode;
  size?: "md" | "lg";
  /** The items, as `Menu.Item` elements. */
  children: ReactNode;
}

/** A button that opens a menu. The menu stays in the landmark of its button for screen readers. */
export function ActionMenu({ label, icon, size = "md", children }: ActionMenuProps) {
  return (
    <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false} shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={size} aria-label={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
