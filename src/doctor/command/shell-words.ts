/** Words that begin, divide or end a compound command of sh, bash, zsh or ksh. */
export const SHELL_KEYWORDS: ReadonlySet<string> = new Set(
  `if then else elif fi for while until do done case esac in function select time coproc repeat foreach end always nocorrect noglob
  { } ( ) ! [[ ]]`.split(/\s+/),
);

/** Builtins of dash, bash, zsh or ksh; `exec` finds no program of most of these names. */
export const SHELL_BUILTINS: ReadonlySet<string> = new Set(
  `. : [ alias autoload bg bind break builtin bye caller cd chdir command compgen complete compopt continue declare dirs disable disown
  echo emulate enable eval exec exit export false fc fg float functions getopts hash help history integer jobs kill let limit local
  logout mapfile popd print printf pushd pwd read readarray readonly rehash return set setopt shift shopt source suspend test times
  trap true type typeset ulimit umask unalias unfunction unhash unlimit unset unsetopt wait whence where which zmodload`.split(
    /\s+/,
  ),
);
