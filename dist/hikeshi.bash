# SPDX-License-Identifier: Apache-2.0
# Completion for bash: subcommands, and the options each names in its own usage line.
_hikeshi()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} command= i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--data) ((i++)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [ -z "$command" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p') --data --help" -- "$current")
		return
	fi
	case $previous in
	taxii) mapfile -t COMPREPLY < <(compgen -W "add list pause pull remove resume --cert --key --pin --user --password-file --token-file --collection --tlp --circle --team --every --internal --all" -- "$current") ;;
	peer) mapfile -t COMPREPLY < <(compgen -W "invite accept list sync items confirm stop resume remove" -- "$current") ;;
	circle) mapfile -t COMPREPLY < <(compgen -W "create list members add remove" -- "$current") ;;
	team) mapfile -t COMPREPLY < <(compgen -W "add list key contact home move-out move-abort move-erase --team --to --root-file" -- "$current") ;;
	journal) mapfile -t COMPREPLY < <(compgen -W "list show proof checkpoint verify --record --kind --actor --since --until --limit --epoch --kept --output --content --root" -- "$current") ;;
	key) mapfile -t COMPREPLY < <(compgen -W "list rotate revoke" -- "$current") ;;
	--role) mapfile -t COMPREPLY < <(compgen -W "reader analyst lead manager secretariat administrator" -- "$current") ;;
	--language) mapfile -t COMPREPLY < <(compgen -W "ja en" -- "$current") ;;
	--tlp) mapfile -t COMPREPLY < <(compgen -W "CLEAR GREEN AMBER AMBER+STRICT RED" -- "$current") ;;
	*)
		case $current in
		-*) mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help 2>/dev/null | grep -o -- '--[a-z-]*' | sort -u)" -- "$current") ;;
		*) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
		esac
		;;
	esac
}
complete -o filenames -F _hikeshi hikeshi
