-- New names in what Kubernetes says: in messages a name is found by how it looks, and a plain word ("error", "web", "pending") only where
-- Kubernetes puts names into its phrases.
local M = {}

-- What stands before and after a name: Lua patterns, each any of a list.
local phrases = {
  { { "pod[= ]" }, { "_" } }, { { "_" }, { "%(%x%x%x%x%x%x%x%x%-" } }, { { "container=" }, { "[^%w_]", "$" } },
  { { "[Cc]ontainer " }, { " in pod", " failed", ",", "$" } },
  { { "Created container:? ", "Started container:? ", "Stopping container:? " }, { "$" } },
  { { "Successfully assigned " }, { "/" } }, { { "/" }, { " to " } }, { { " to " }, { "$" } }, { { "quota: " }, { "" } },
  { { "replica set " }, { "" } }, { { "Created pod: ", "Created job: ", "Deleted pod: ", "Deleted job: " }, { "" } },
  { { "ConfigMap ", "Secret ", "PVC ", "service account ", "Pod " }, { "/" } }, { { "in namespace " }, { "" } },
  { { 'in the namespace "' }, { '"' } },
  { { 'volume "', 'image "', 'configmap "', 'secret "', 'claim "', 'Claim "', 'class "' }, { '"' } },
  { { '%l "' }, { '" not found', '" is forbidden', '" in pod', '" already present', '" of' } }, { { 'object "' }, { '"/' } },
  { { '"/"' }, { '" not registered' } }, { { "StatefulSet " }, { " " } }, { { "Pod " }, { " in StatefulSet" } },
  { { "serviceaccount " }, { "" } }, { { "manifests/", "tags/" }, { "" } }, { { 'pod "', 'task "' }, { '"' } },
  { { "deleting pod: " }, { "/" } }, { { "/" }, { "$" } },
}

local lists = { "(status: )%[([^%]]*)%]", "(volumes=)%[([^%]]*)%]", "(of: )%[([^%]]*)%]", "(containers: )%[([^%]]*)%]" }

---@class Messages
local Messages = {}
Messages.__index = Messages

-- Names that look like names wherever they stand: of pods, of images with a tag, UIDs, IPs.
local function tokens_of(names)
  local tokens, order = {}, {}
  for old, new in pairs(names.exact) do
    tokens[old] = new
  end
  for old, new in pairs(names.images) do
    tokens[old] = old:find("[:/]") and new or tokens[old]
  end
  for old, new in pairs(names.names) do
    if #old > 6 and (old:find("%l.*%-") or old:find("%-.*%d")) then
      tokens[old] = new
    end
  end
  for old in pairs(tokens) do
    order[#order + 1] = old
  end
  table.sort(order, function(a, b) return #a > #b or (#a == #b and a < b) end) -- the longest first: one may hold another
  return tokens, order
end

---@param names Names  with all names in it
---@return Messages
function M.new(names)
  local tokens, order = tokens_of(names)
  return setmetatable({ names = names, tokens = tokens, order = order, known = {} }, Messages)
end

-- Every replacement is marked until the end, so that none is replaced again.
local function mark(marks, new)
  marks[#marks + 1] = new
  return "\1" .. #marks .. "\2"
end

local function replace_token(text, old, new, marks)
  local at = 1
  while true do
    local from, to = text:find(old, at, true)
    if not from then
      return text
    end
    local apart = (from == 1 or not text:find("^[%w_.-]", from - 1)) and not text:find("^[%w_-]", to + 1)
      and not text:find("^%.[%w_]", to + 1)
    local put = apart and mark(marks, new) or old
    text = text:sub(1, from - 1) .. put .. text:sub(to + 1)
    at = from + #put
  end
end

local function follows(text, at, afters)
  for _, after in ipairs(afters) do
    if text:find("^" .. after, at) then
      return true
    end
  end
  return false
end

-- The name behind a phrase's beginning that ends where the phrase goes on.
local function name_at(text, at, afters)
  local word = text:match("^[%w.-]*[%w-]", at) or ""
  for length = #word, 1, -1 do
    if follows(text, at + length, afters) then
      return word:sub(1, length)
    end
  end
end

local function replace_phrase(self, text, before, afters, marks)
  local at = 1
  while true do
    local from, to = text:find(before, at)
    if not from then
      return text
    end
    local name = name_at(text, to + 1, afters)
    local new = name and (self.names.images[name] or self.names.names[name])
    if new then
      local put = mark(marks, new)
      text = text:sub(1, to) .. put .. text:sub(to + 1 + #name)
      at = to + #put + 1
    else
      at = from + 1
    end
  end
end

local function replace_all(self, text)
  text = text:gsub("[\1\2]", "?") -- ours alone
  local marks, names = {}, self.names
  for _, old in ipairs(self.order) do
    text = replace_token(text, old, self.tokens[old], marks)
  end
  for _, phrase in ipairs(phrases) do
    for _, before in ipairs(phrase[1]) do
      text = replace_phrase(self, text, before, phrase[2], marks)
    end
  end
  for _, list in ipairs(lists) do
    text = text:gsub(list, function(before, inner)
      return before .. "[" .. inner:gsub("[%w_.-]+", function(word) return mark(marks, names.names[word] or word) end) .. "]"
    end)
  end
  text = text:gsub("{([^%s:}]+): ?([^}]*)}", function(key, value)
    return names.label_keys[key] and "{" .. mark(marks, names:label_key(key)) .. ": " .. mark(marks, names:label_value(key, value)) .. "}"
  end)
  local count
  repeat -- what was marked within a mark comes out with the next round
    text, count = text:gsub("\1(%d+)\2", function(number) return marks[math.tointeger(number)] end)
  until count == 0
  return text
end

---A message with its names replaced.
---@param text string
---@return string
function Messages:text(text)
  self.known[text] = self.known[text] or replace_all(self, text)
  return self.known[text]
end

return M
