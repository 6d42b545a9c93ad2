import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";
import classes from "./shell.module.css";

/** Shown while the browser is offline. Jobs continue, because they run in the service. */
export function OfflineNotice() {
  const { online } = useNetwork();
  return (
    <div role="status" className={classes.offline}>
      {!online && (
        <Alert color="yellow" radius={0} icon={<IconWifiOff size={18} />} title="You are offline">
          Jobs in progress continue without this page. What you write stays here until you save it.
        </Alert>
      )}
    </div>
  );
}
