local containers = require("krunbook.containers")

return {
  ["signals are named"] = function(check)
    check.equal("exit code 1", containers.ending({ exitCode = 1 }))
    check.equal("killed by SIGSEGV (exit code 139)", containers.ending({ exitCode = 139 }))
    check.equal("killed by SIGABRT (exit code 134)", containers.ending({ exitCode = 134 }))
    check.equal("killed by SIGTERM (exit code 143)", containers.ending({ exitCode = 143 }))
    check.equal("exit code 255", containers.ending({ exitCode = 255 }))
    check.equal("exit code 128", containers.ending({ exitCode = 128 }))
    check.equal("is killed by SIGSYS (exit code 159)", containers.ends({ exitCode = 159 }))
    check.equal("ends with exit code 1", containers.ends({ exitCode = 1 }))
  end,
  ["a status of Windows is named"] = function(check)
    check.equal("exit code 3221225477 (0xC0000005, access violation)", containers.ending({ exitCode = 3221225477 }))
    check.equal("exit code -1073741515 (0xC0000135, a DLL was not found)", containers.ending({ exitCode = -1073741515 }))
    check.equal("exit code 1000 (0x000003E8)", containers.ending({ exitCode = 1000 }))
  end,
  ["a command is quoted as the spec writes it"] = function(check)
    check.equal('["sleep","a"]', containers.command_line({ command = { "sleep", "a" } }))
    check.equal('["sh","-c","echo \\"x\\""]', containers.command_line({ command = { "sh" }, args = { "-c", 'echo "x"' } }))
    check.equal(nil, containers.command_line({}))
  end,
  ["an init container that restarts always is a sidecar"] = function(check)
    local all = containers.of({ spec = { initContainers = { { name = "a" }, { name = "b", restartPolicy = "Always" } },
      containers = { { name = "c" } } }, status = {} })
    check.equal("init", all[1].kind)
    check.equal("sidecar", all[2].kind)
    check.equal("container", all[3].kind)
  end,
}
