// Reads iCalendar files with ical.js and prints what they say as JSON, one object per file.
// Time zones are taken from the file alone: no other zone is registered.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const local = (time) => time.toString();
const instant = (time) => time.toJSDate().toISOString();

function event(component) {
  const read = new ICAL.Event(component);
  const timed = !read.startDate.isDate;
  const value = (name) => component.getFirstPropertyValue(name);
  return {
    uid: read.uid,
    sequence: read.sequence,
    status: value("status"),
    stamp: instant(value("dtstamp")),
    modified: instant(value("last-modified")),
    zone: component.getFirstProperty("dtstart").getParameter("tzid") ?? null,
    start: local(read.startDate),
    end: local(read.endDate),
    startUtc: timed ? instant(read.startDate) : null,
    endUtc: timed ? instant(read.endDate) : null,
    summary: read.summary,
    description: read.description,
    location: read.location,
    geo: value("geo"),
    alarms: component.getAllSubcomponents("valarm").map((alarm) => ({
      uid: alarm.getFirstPropertyValue("uid"),
      action: alarm.getFirstPropertyValue("action"),
      seconds: alarm.getFirstPropertyValue("trigger").toSeconds(),
    })),
  };
}

function calendar(path) {
  ICAL.TimezoneService.reset();
  const root = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  const zones = root.getAllSubcomponents("vtimezone");
  zones.forEach((zone) => ICAL.TimezoneService.register(zone));
  const types = Object.fromEntries(root.getAllProperties().map((p) => [p.name, p.type]));
  return {
    types,
    zones: zones.map((zone) => zone.getFirstPropertyValue("tzid")),
    refresh: root.getFirstPropertyValue("refresh-interval").toSeconds(),
    events: root.getAllSubcomponents("vevent").map(event),
  };
}

console.log(JSON.stringify(process.argv.slice(2).map(calendar)));
