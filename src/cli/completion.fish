# fish completion for krunbook: the program itself is asked what can stand where the cursor is. It answers with a word a
# line, and last with ":" and what the shell is to do besides.
function __krunbook_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l reply (command $words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    set -q reply[1]; or return
    set -l directive (string match -r '^:([0-9]+)$' -- $reply[-1])[2]
    set -e reply[-1]
    set -q reply[1]; and printf '%s\n' $reply
    switch "$directive"
        case 0 2
            __fish_complete_path "$word"
        case 16 18
            __fish_complete_directories "$word"
    end
end

for program in krunbook kubectl-krunbook
    complete -c $program -f -a '(__krunbook_complete)'
end
