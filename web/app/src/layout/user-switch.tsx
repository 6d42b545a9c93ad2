import { Button, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { currentUser, signInAs, userNameError } from "../api/user";
import classes from "./user-switch.module.css";

/** Shows and changes the user name for the local runner. */
export function UserSwitch() {
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="sm"
          px={8}
          leftSection={<IconUser size={18} stroke={1.7} />}
          aria-label={`User: ${currentUser || "local-user"}`}
          classNames={{ label: classes.name ?? "", section: classes.icon ?? "" }}
        >
          {currentUser || "local-user"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <UserForm />
      </Popover.Dropdown>
    </Popover>
  );
}

function UserForm() {
  const [name, setName] = useState(currentUser);
  const problem = userNameError(name.trim());

  function submit(event: FormEvent) {
    event.preventDefault();
    if (problem === null) signInAs(name.trim());
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="You are"
          description="On the local runner, any name is a user. An empty name is local-user."
          placeholder="local-user"
          value={name}
          error={problem}
          autoComplete="username"
          spellCheck={false}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Button type="submit" size="sm">
          Switch user
        </Button>
        <Text size="xs" c="dimmed">
          Each user has their own documents, library and jobs.
        </Text>
      </Stack>
    </form>
  );
}
