import { Group } from "@mantine/core";
import { Link, NavLink } from "react-router";
import { ColourScheme } from "./colour-scheme";
import classes from "./shell.module.css";
import { UserSwitch } from "./user-switch";

const LINKS = [
  { to: "/", label: "Documents" },
  { to: "/library", label: "Library" },
  { to: "/jobs", label: "Jobs" },
];

export function Header() {
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link to="/" className={classes.brand}>
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <span className={classes.brandName}>Report Builder</span>
        </Link>
        <nav aria-label="Main" className={classes.nav}>
          {LINKS.map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === "/"} className={classes.link ?? ""}>
              {label}
            </NavLink>
          ))}
        </nav>
        <Group gap={4} wrap="nowrap">
          <UserSwitch />
          <ColourScheme />
        </Group>
      </div>
    </header>
  );
}
