-- A manual page, line by line, in the macros of man(7). Text is escaped here and nowhere else: what comes in is plain.
local M = {}

---@class Page
---@field lines string[]
local Page = {}
Page.__index = Page

local escapes = { ["\\"] = "\\e", ["-"] = "\\-", ["'"] = "\\(aq", ["`"] = "\\(ga", ["^"] = "\\(ha", ["~"] = "\\(ti" }

---Plain text as it stands within a line of roff.
---@param text string
---@return string
function M.escape(text)
  text = text:gsub("[\\%-'`%^~]", escapes)
  return (text:gsub("[\xC2-\xF4][\x80-\xBF]*", function(letter)
    return ("\\[u%04X]"):format(utf8.codepoint(letter))
  end))
end

local function font(letter, text)
  return "\\f" .. letter .. M.escape(text) .. "\\fR"
end

---@param text string
---@return string
function M.bold(text)
  return font("B", text)
end

---@param text string
---@return string
function M.italic(text)
  return font("I", text)
end

---A new page. The date is that of the last change to what it says.
---@param name string
---@param section integer
---@param title string
---@param version string
---@param date string
---@return Page
function M.page(name, section, title, version, date)
  local page = setmetatable({ lines = {} }, Page)
  page:raw((".TH %s %d %s %s %s"):format(M.escape(name:upper()), section, date, '"krunbook ' .. version .. '"', '"' .. title .. '"'))
  return page
end

---A line that is roff already. One that begins with text cannot be taken for a request.
---@param line string
function Page:raw(line)
  self.lines[#self.lines + 1] = line
end

-- A paragraph begins by itself below a title.
local function paragraph(page)
  if not page.lines[#page.lines]:find("^%.S[HS] ") then
    page:raw(".PP")
  end
end

---Lines of escaped text.
---@param text string
function Page:put(text)
  for line in text:gmatch("[^\n]+") do
    self:raw(line:find("^[.']") and "\\&" .. line or line)
  end
end

function Page:section(title)
  self:raw(".SH " .. M.escape(title:upper()))
end

function Page:subsection(title)
  self:raw('.SS "' .. M.escape(title):gsub('"', "\\(dq") .. '"')
end

---A term, escaped already, and what is said of it.
---@param term string
---@param text string
function Page:item(term, text)
  self:raw(".TP")
  self:put(term)
  self:put(text ~= "" and M.escape(text) or "\\&")
end

---Lines as they are.
---@param text string
function Page:example(text)
  paragraph(self)
  self:raw(".RS 4")
  self:raw(".EX")
  for line in text:gsub("\n$", ""):gmatch("([^\n]*)\n?") do
    line = M.escape(line)
    self:raw((line == "" or line:find("^[.']")) and "\\&" .. line or line)
  end
  self:raw(".EE")
  self:raw(".RE")
end

---Text as --help has it: paragraphs, and examples that are indented by two spaces or four.
---@param text string
function Page:text(text)
  local examples, begun = {}, false
  local function flush()
    if #examples > 0 then
      self:example(table.concat(examples, "\n"))
      examples, begun = {}, false
    end
  end
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local shown = line:match("^  (.*)$")
    if shown then
      examples[#examples + 1] = shown
    else
      flush()
      if line == "" then
        begun = false
      else
        if not begun then
          paragraph(self)
        end
        begun = true
        self:put(M.escape(line))
      end
    end
  end
  flush()
end

---@return string
function Page:roff()
  return table.concat(self.lines, "\n") .. "\n"
end

return M
