import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";

/** Says that the browser is offline. Jobs run on the service and go on. */
export function OfflineNotice() {
  const { online } = useNetwork();
  return (
    <div role="status">
      {!online && (
        <Alert color="yellow" radius={0} icon={<IconWifiOff size={18} />} title="You are offline">
          Jobs that are under way go on without this page. What you write stays here until you save it.
        </Alert>
      )}
    </div>
  );
}
