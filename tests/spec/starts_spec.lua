local starts = require("krunbook.starts")

local texts = {
  { "no file", 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start '
    .. 'container process: exec: "/app/start.sh": stat /app/start.sh: no such file or directory: unknown' },
  { "not in PATH", 'runc create failed: unable to start container process: exec: "serve": executable file not found in $PATH: unknown' },
  { "not in PATH", "container create failed: executable file `serve` not found in $PATH: No such file or directory" },
  { "mode", 'container_linux.go:380: starting container process caused: exec: "/app": permission denied' },
  { "directory", 'exec: "/app": is a directory: unknown' },
  { "directory", "the path `/app` is not a regular file" },
  { "working directory", 'chdir to cwd ("/work") set in config.json failed: no such file or directory' },
  { "mount", 'error mounting "/a" to rootfs at "/b": not a directory: Are you trying to mount a directory onto a file (or vice-versa)?' },
  { "mount", "mount `/a` to `/b`: Not a directory" },
  { "no file", "executable file `/app/x` not found: No such file or directory" },
  { "mode", "the file exists but it is not executable" },
  { "cgroup", "container init was OOM-killed (memory limit too low?)" },
  { "command", "Error response from daemon: no command specified" },
  { "user", "unable to find user app: no matching entries in passwd file" },
  { "architecture", "exec /app: exec format error" },
  { "architecture", "exec container process `/app`: Exec format error" },
  { "no file", "exec container process (missing dynamic library?) `/app`: No such file or directory" },
  { "not in PATH", 'container create failed: time="2026-03-10T11:00:00Z" level=error msg="runc create failed: unable to start container '
    .. 'process: exec: \\"serve\\": executable file not found in $PATH"' },
  { "command", "Error response from daemon: No command specified" },
  { "cgroup", 'error setting cgroup config for procHooks process: failed to write "4194304": write /sys/fs/cgroup/x/memory.max: busy' },
  { "security profile", 'failed to create containerd container: cannot load seccomp profile "/p.json": open /p.json: no such file or directory' },
  { "security profile", "failed to generate apparmor spec opts: apparmor profile not found k8s-deny-write" },
  { "propagation", "path /data is mounted on / but it is not a shared mount" },
}

return {
  ["every runtime's text means what it says"] = function(check)
    for _, row in ipairs(texts) do
      local condition = starts.classify(row[2])
      check.equal(row[1], condition and condition.kind, row[2])
    end
  end,
  ["what a runtime does not find need not be the command"] = function(check)
    for _, text in ipairs({ "OCI runtime create failed: unable to apply cgroup configuration: mkdir /sys/fs/cgroup/x: permission denied",
      'OCI runtime create failed: error gathering device information while adding custom device "/dev/kvm": no such file or directory' }) do
      check.equal(nil, starts.classify(text), text)
    end
  end,
  ["only the runtime's own line counts in a log"] = function(check)
    check.equal("exec /app: exec format error", starts.line_in_log("exec /app: exec format error\n"))
    check.equal("standard_init_linux.go:228: exec user process caused: exec format error",
      starts.line_in_log("standard_init_linux.go:228: exec user process caused: exec format error"))
    check.equal(nil, starts.line_in_log("our plugin failed: exec format error in plugin.so\n"))
  end,
  ["the runtime's own failures are not the command's"] = function(check)
    for _, text in ipairs({ 'failed to reserve container name "app_0": name "app_0" is reserved for "abc"', "context deadline exceeded",
      "unable to apply cgroup configuration: mkdir /sys/fs/cgroup/x: permission denied",
      'Error response from daemon: Conflict. The container name "/k8s_app" is already in use by container "abc"',
      "failed to create containerd task: failed to mount rootfs component: no such device" }) do
      check.is(starts.is_runtime_failure(text), text)
    end
    check.is(not starts.is_runtime_failure("something nobody knows"))
  end,
  ["the file is named"] = function(check)
    check.equal("/app/start.sh", starts.file(texts[1][2]))
    check.equal("serve", starts.file('msg="exec: \\"serve\\": executable file not found in $PATH"'))
    check.equal("/app", starts.file("exec container process `/app`: Exec format error"))
  end,
}
