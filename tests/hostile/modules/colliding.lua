local colliding, all = (1 << 19) - 1, {}
for k = 1, 1 << 18 do
  all[k * colliding] = true
end
all[colliding * ((1 << 18) + 1)] = true
return all
