---@meta
-- What a runbook's `run(ctx, args)` is given.

---@class Evidence
---@field kind string      event, log, state, condition, spec, object
---@field at string|nil    RFC 3339
---@field text string      quoted as the cluster said it

---@class Finding
---@field code string                     from the list of codes: an interface, it never changes meaning
---@field severity "critical"|"warning"|"info"
---@field object Object|{kind: string, namespace?: string, name: string}   where the cause is
---@field container string|nil
---@field owner Object|{kind: string, namespace?: string, name: string}|nil   what manages the object, the same though pods come and go
---@field objects (Object|table)[]|nil    every replica (or owner) that it hits, object included; count is their number
---@field chain (Object|table)[]|nil      the objects that led here, outermost first; one with broken = true is where it breaks, else the finding's object is
---@field ways (Object|table)[]|nil       where all the chains that lead here begin, when there are several
---@field cause string                    one or two sentences: why
---@field cause_code string|nil           the code of the cause within, for init-container-failed and rollout-stuck
---@field since string|integer|nil        when it began: RFC 3339 or seconds since 1970
---@field evidence (Evidence|Event|string)[]|nil   the deciding one first
---@field next_steps string[]|nil         what a person can paste or do next
---@field key string|nil                  tells two findings of one code on one object apart; part of the fingerprint
---@field owners (Object|table)[]|nil     what manages the objects, when one cause hits those of several
---@field counter {what: string, value: integer, step: integer}|nil  what grows while the finding stays the same ("restarts"): a run with
--- --only-new speaks again once it has grown by step
---@field shared string|nil               set by krunbook.findings with --shard, for krunbook merge

---@class Context
---@field namespace string        the run's namespace
---@field all_namespaces boolean  -A was given
---@field sharded boolean         --shard was given: only some of all namespaces are looked at, see in_shard
---@field labels string|nil       -l
---@field explain boolean         --explain was given: steps are kept; without it they need not be put into words
---@field args table              what run() is given too
local Context = {}

---Notes a finding.
---@param finding Finding
function Context:finding(finding) end

---Notes that an object was looked at and is fine.
---@param object Object
function Context:healthy(object) end

---Notes that an object is too young to be judged: neither well nor ill yet. It does not count.
---@param object Object
function Context:starting(object) end

---Notes something that could not be determined, beyond what the primitives note by themselves.
---@param unknown {what: string, reason: string, permission?: string, message?: string}
function Context:unknown(unknown) end

---Says that the verdict stands without what this Unknown would have told: it no longer counts.
---@param unknown Unknown|nil
function Context:can_do_without(unknown) end

---A line of the decision trace that --explain prints: what was looked at, and what it showed.
---@param asked string
---@param showed? string
function Context:step(asked, showed) end

---Runs another runbook and gives what it found. What it could not determine is noted in this report; its findings are not: pass
---on with ctx:finding what belongs here, with the chain that led there.
---@param name string
---@param args? table
---@param opts? {namespace?: string}  the run's own namespace when left out
---@return {status: string, findings: Finding[], healthy: table[], unknown: table[]}
function Context:run(name, args, opts) end

---The objects to look at: the named one, or else all of the run's namespace(s) and labels. One that is not there is noted, with the name
---nearest to it. `for _, pod in ctx:targets("pods", args.pod) do`
---With --shard they are those of this shard; beyond_shard gives all, for what only all of them together tell.
---@param kind string
---@param name string|nil
---@param opts? {beyond_shard?: boolean}
---@return fun(): integer|nil, Object|nil
function Context:targets(kind, name, opts) end

---Whether what is in a namespace is for this run to tell of: with --shard, that is so in one shard of all. nil is what is of no namespace.
---@param namespace string|nil
---@return boolean
function Context:in_shard(namespace) end
