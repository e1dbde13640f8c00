#compdef krunbook kubectl-krunbook
# zsh completion for krunbook: the program itself is asked what can stand where the cursor is. It answers with a word a
# line, and last with ":" and what the shell is to do besides.
_krunbook() {
  local -a reply described space
  local line word about directive
  reply=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT - 1]}" "${(Q)IPREFIX}${(Q)PREFIX}" 2>/dev/null)}")
  directive=${reply[-1]#:}
  [[ $directive == <-> ]] || return 1
  for line in "${(@)reply[1,-2]}"; do
    word=${line%%$'\t'*}
    about=""
    [[ $line == *$'\t'* ]] && about=${line#*$'\t'}
    described+=("${word//:/\\:}:$about")
  done
  ((directive & 2)) && space=(-S "")
  ((${#described})) && _describe -V krunbook described "${space[@]}"
  if ((directive & 16)); then
    _files -/
  elif ! ((directive & 4)); then
    _files
  fi
}

if [[ $funcstack[1] == _krunbook ]]; then
  _krunbook "$@"
else
  compdef _krunbook krunbook kubectl-krunbook
fi
