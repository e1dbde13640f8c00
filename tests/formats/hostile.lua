-- Two hundred findings, unknowns, errors and healthy objects of names and texts that attack each format. Nothing of
-- this could come from an API server as a name; a log or a message could hold all of it.
local attacks = {
  [[quotes " ' ` and \ and \\" ]],
  [[<script>window.attacked = 1</script><img src=x onerror="window.attacked = 1">]],
  [["><svg/onload=window.attacked=1>]],
  "escape \27[31m\27]0;title\7 and \155 and \r and \0 end",
  "controls \1\2\3\4\5\6\8\11\12\14\31\127",
  "two\nlines\n\n  and # a comment\nnot ok 7 - forged\nok 8 - forged",
  "]]> <![CDATA[ <!-- --> &amp; &#0; <?xml?>",
  "a | b | c || \\| `code` ``` fence\n```\n# heading\n| --- |",
  "# TODO later\n# SKIP this",
  'label="x",other="y"} 9\nkrunbook_exit_code 0',
  "'; DROP TABLE pods; -- $(reboot) `reboot` ${HOME} %s %n",
  "right to left \u{202E}gnp.exe and \u{2066}isolate and \u{2028} line",
  "not UTF-8: \255\254 \192\175 \237\160\128 end",
  "no characters: \u{FFFE} \u{FFFF} and \u{FEFF} and \u{1F600}",
  "Authorization: Bearer abcdef0123456789.SECRETONE",
  "connecting with password=SECRETTWO now",
  "[link](javascript:window.attacked=1) ![image](http://example.invalid/x.png) @channel <!channel> {0} {{1}}",
  "- yaml: [list, {map: 1}] & *alias !!tag %directive\n--- \n... \n? key",
  "true", "null", "1e3", "2026-01-31T08:00:00Z", "~", "=1+1", "  spaces  ", "\ttab\t", "yes", "0x1F", "",
  "</pre></details></article></section></style></script><h1>out</h1>",
  "1..9\nBail out!\nTAP version 13",
  string.rep("long ", 300),
}

return {
  name = "hostile",
  summary = "Finds what attacks the formats.",
  args = { word = { type = "string", help = "any" } },
  run = function(ctx)
    for i = 1, 200 do
      local attack = attacks[(i - 1) % #attacks + 1]
      local other = attacks[(i * 7) % #attacks + 1]
      local name = attack == "" and "nothing" or attack
      local object = { kind = "Pod", metadata = { namespace = i % 3 == 0 and other or "shop", name = name .. i,
        uid = "u" .. i } }
      local severities = { "critical", "warning", "info" }
      ctx:finding({
        code = "hostile-" .. i % 17,
        severity = severities[i % 3 + 1],
        object = object,
        container = i % 2 == 0 and other or nil,
        cause = "cause " .. i .. ": " .. attack,
        chain = i % 5 == 0 and { { kind = "Ingress", namespace = "shop", name = name },
          { kind = "Service", namespace = "shop", name = other .. "x", broken = true } } or nil,
        evidence = { { kind = "log", text = attack }, { kind = "event", at = "2026-01-31T08:00:00Z", text = other } },
        next_steps = { "echo " .. attack },
      })
    end
    for i, attack in ipairs(attacks) do
      ctx:healthy({ kind = "Pod", metadata = { namespace = "shop", name = "well " .. attack .. i } })
      ctx:step("asked " .. attack, attack)
    end
    kube.get("pod", "not-recorded", { namespace = "kube-system" })
    error("failed: " .. attacks[2] .. attacks[4] .. attacks[6] .. attacks[10])
  end,
}
