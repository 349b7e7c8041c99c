/** The shells for which there is a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of {@link SHELLS}. */
export type ShellName = (typeof SHELLS)[number];

/**
 * What each shell has to be told. The scripts know nothing of the commands: they ask `reloadctl __complete`, which says in its first line what
 * comes (':words', ':files', ':directories'), and then the words.
 */
export const SCRIPTS: Readonly<Record<ShellName, string>> = {
  bash: `# bash completion for reloadctl. Put it into ~/.local/share/bash-completion/completions/reloadctl
# or: source <(reloadctl completion bash)
_reloadctl() {
    local program=\${1/#\\~/$HOME} line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <("$program" __complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    case $kind in
        :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
        :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    esac
}
complete -F _reloadctl reloadctl
`,
  zsh: `#compdef reloadctl
# zsh completion for reloadctl. Put it as _reloadctl into a directory of fpath, before compinit,
# or, after compinit: source <(reloadctl completion zsh)
_reloadctl() {
  local program=\${(Q)words[1]} line kind
  local -a found
  (( $+commands[$program] )) || [[ -x $program ]] || program=reloadctl
  for line in "\${(@f)$("$program" __complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    if [[ -z $kind ]]; then kind=$line; else found+=("$line"); fi
  done
  case $kind in
    (:files) _files ;;
    (:directories) _files -/ ;;
    (*) (( $#found )) && _describe -V reloadctl found ;;
  esac
}
if [[ $funcstack[1] == _reloadctl ]]; then
  _reloadctl "$@"
else
  compdef _reloadctl reloadctl
fi
`,
  fish: `# fish completion for reloadctl. Put it into ~/.config/fish/completions/reloadctl.fish
# or: reloadctl completion fish | source
function __reloadctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l typed (string unescape -- $current; or string trim -l -c '"\\'' -- $current)
    set -l found ($words[1] __complete fish -- $words[2..-1] "$typed" 2>/dev/null)
    switch "$found[1]"
        case :files
            __fish_complete_path $current
        case :directories
            __fish_complete_directories $current
        case '*'
            test (count $found) -gt 1; and printf '%s\\n' $found[2..-1]
    end
end
complete -c reloadctl -f -a '(__reloadctl_complete)'
`,
};
