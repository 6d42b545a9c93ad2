import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  /** Buttons to the right of the title. */
  children?: ReactNode;
  /** Puts the buttons below the title. Use it for long titles. Default: false. */
  stacked?: boolean;
}

/** A longer title may not fit in three lines. The whole of it is shown to a mouse that waits on it. */
const LONG_TITLE = 120;

/** The only first-level heading of a page. It also sets the title of the browser tab. */
export function PageHeader({ title, description, children, stacked = false }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Report Builder`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="xl">
      <div style={{ flex: stacked ? "1 1 100%" : "1 1 20rem" }}>
        <Title order={1} size="h2" lineClamp={3} title={title.length > LONG_TITLE ? title : undefined}>
          {title}
        </Title>
        {description && (
          <Text component="div" c="dimmed" mt={4}>
            {description}
          </Text>
        )}
      </div>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
