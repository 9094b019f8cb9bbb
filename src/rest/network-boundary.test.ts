import { describe, expect, it } from "vitest";
import { isInsideHost, NetworkBoundary } from "./network-boundary.js";

const INSIDE = [
  "http://127.0.0.1:8080/",
  "http://127.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://0.0.0.0/",
  "http://10.1.2.3/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://169.254.169.254/latest/meta-data/",
  "http://100.64.0.1/",
  "http://255.255.255.255/",
  "http://[::1]/",
  "http://[::]/",
  "http://[::ffff:10.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[64:ff9b::a9fe:a9fe]/",
  "http://[64:ff9b::10.1.2.3]/",
  "http://[2002:a9fe:a9fe::]/",
  "http://[2002:7f00:1::5]/",
  "http://[::127.0.0.1]/",
  "http://[::ffff:0:127.0.0.1]/",
  "http://[fd00::1]/",
  "http://[fe80::1]/",
  "http://localhost/",
  "http://LOCALHOST./",
  "http://api.localhost/",
  "http://printer.local/",
  "http://metadata.google.internal/",
  "http://db/",
];
const OUTSIDE = [
  "https://api.example.com/",
  "http://8.8.8.8/",
  "http://172.32.0.1/",
  "http://192.0.1.1/",
  "http://100.128.0.1/",
  "http://[2606:4700::1111]/",
  "http://[::ffff:8.8.8.8]/",
  "http://[64:ff9b::8.8.8.8]/",
  "http://[2002:808:808::1]/",
  "http://local.example.com/",
  "http://internal.example.com./",
];

describe("isInsideHost", () => {
  it.each(INSIDE)("knows that %s is inside", (url) => {
    expect(isInsideHost(new URL(url).hostname)).toBe(true);
  });
  it.each(OUTSIDE)("knows that %s is outside", (url) => {
    expect(isInsideHost(new URL(url).hostname)).toBe(false);
  });
});

describe("NetworkBoundary", () => {
  it.each(INSIDE)("does not let an API from outside lead to %s", async (url) => {
    await expect(new NetworkBoundary("https://8.8.8.8/v1/").check(url)).rejects.toMatchObject({
      code: "SLUICE_CONNECTION",
      reasonCode: "PRIVATE_ADDRESS",
    });
  });

  it.each(INSIDE)("lets an API inside lead to %s", async (url) => {
    await expect(new NetworkBoundary("http://10.0.0.5/").check(url)).resolves.toBeUndefined();
    await expect(new NetworkBoundary(undefined).check(url)).resolves.toBeUndefined();
  });

  it("lets every API lead outside", async () => {
    await expect(new NetworkBoundary("https://8.8.8.8/").check("https://8.8.4.4/")).resolves.toBeUndefined();
    await expect(new NetworkBoundary("https://8.8.8.8/").check("https://nowhere.invalid/")).resolves.toBeUndefined();
  });
});
