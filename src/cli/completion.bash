# bash completion for krunbook: the program itself is asked what can stand where the cursor is. It answers with a word a
# line, and last with ":" and what the shell is to do besides.
_krunbook() {
  local line=${COMP_LINE:0:COMP_POINT} words reply=() word lead="" directive=0
  IFS=$' \t\n' read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[${#words[@]} - 1]}
  COMPREPLY=()
  mapfile -t reply < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  ((${#reply[@]} > 0)) || return 0
  directive=${reply[${#reply[@]} - 1]#:}
  unset "reply[${#reply[@]} - 1]"
  [[ $directive =~ ^[0-9]+$ ]] || return 0
  # Where = or : part words, only what stands behind the last one is replaced.
  [[ $COMP_WORDBREAKS == *=* && $word == *=* ]] && lead=${word%"${word##*=}"}
  [[ $COMP_WORDBREAKS == *:* && ${word#"$lead"} == *:* ]] && lead=${word%"${word##*:}"}
  for word in "${reply[@]}"; do
    word=${word%%$'\t'*}
    COMPREPLY+=("${word#"$lead"}")
  done
  ((directive & 2)) && compopt -o nospace
  if ((directive & 16)); then
    compopt -o dirnames
  elif ! ((directive & 4)); then
    compopt -o default
  fi
  return 0
}

complete -F _krunbook krunbook kubectl-krunbook
