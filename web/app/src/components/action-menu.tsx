import { ActionIcon, Menu } from "@mantine/core";
import type { ReactNode } from "react";

interface ActionMenuProps {
  /** What the button is called. */
  label: string;
  icon: ReactNode;
  size?: "md" | "lg";
  /** `Menu.Item`s. */
  children: ReactNode;
}

/** A button that opens a menu. The menu stays inside the landmark of its button, where screen readers look for it. */
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
