# fish completion for hyperv-vfattach(8)
set -l commands scan detach status doctor import
set -l seen __fish_seen_subcommand_from
set -l program complete -c hyperv-vfattach
$program -f
$program -n "not $seen $commands" -a scan -d 'Finish what was interrupted, then join all pairs that need it'
$program -n "not $seen $commands" -a detach -d 'Undo the join of an interface'
$program -n "not $seen $commands" -a status -d 'The pairs and the active path'
$program -n "not $seen $commands" -a doctor -d 'What is wrong, why it matters, what to do'
$program -n "not $seen $commands" -a import -d 'udev properties of a VF'
$program -n "not $seen scan doctor" -a '(for nic in /sys/class/net/*; basename $nic; end)' -d Interface
$program -n "not $seen doctor" -l dry-run -d 'Show what would be done, and change nothing'
$program -n "not $seen doctor" -l foreground -d 'Do it in this process and wait for the end'
$program -n "not $seen doctor" -l verbose -d 'Log details'
$program -n "not $seen doctor" -l version -d 'Print the version'
$program -l config -r -F -d 'Read this configuration file'
$program -l help -d 'Print the usage'
$program -n "$seen scan" -l unfinished -d 'Only finish or undo what an interrupted run left'
$program -n "$seen scan" -l repair -d 'Join what can be joined, log nothing about the rest'
$program -n "$seen status" -l history -d 'What happened'
$program -n "$seen status doctor" -l json -d 'For programs'
$program -n "$seen status" -l prometheus -d 'For a metrics collector'
$program -n "$seen status" -l watch -d 'Show it again and again'
$program -n "$seen status" -l output -r -F -d 'Write this file'
$program -n "$seen doctor" -l selftest -d 'Only what is wrong with the NICs of an image'
