return {
  name = "everything-floods",
  summary = "Says everything that can be said, without end.",
  run = function(ctx)
    local i = 0
    while true do
      i = i + 1
      print(("x"):rep(10000))
      ctx:step(("x"):rep(10000), ("y"):rep(10000))
      ctx:unknown({ what = i .. ("x"):rep(10000), reason = "timeout", message = ("y"):rep(10000) })
      ctx:healthy({ kind = "Pod", name = i .. ("x"):rep(300) })
    end
  end,
}
