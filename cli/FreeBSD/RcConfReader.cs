using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.FreeBSD;

/// <summary>Reads rc.conf and related files through the system's own rc.subr and network.subr, never directly: these know the files, the
/// defaults, old variable names and shell quoting.</summary>
internal sealed class RcConfReader(IPrograms programs)
{
    /// <summary>The script that sh runs. It prints fields that each end with a NUL: a keyword, the number of words, the words. The keyword
    /// <c>end</c> shows that it has run to its end.</summary>
    /// <remarks>network.subr calls ifconfig through IFCONFIG_CMD (and by its name before that existed). Both are replaced by a function
    /// that only prints what would be run, so that the system resolves ranges, aliases and old names. Output of rc.conf itself goes to
    /// standard error.</remarks>
    public const string Script = """
        exec 3>&1 1>&2
        . /etc/rc.subr || exit 1
        . /etc/network.subr || exit 1
        load_rc_config netif
        load_rc_config network
        hv_say() {
            printf '%s\0%d\0' "$1" $(($# - 1)) >&3
            shift
            for hv_word; do printf '%s\0' "$hv_word" >&3; done
        }
        hv_ifconfig() { shift; hv_say ifconfig "$@"; }
        ifconfig() { hv_ifconfig "$@"; }
        IFCONFIG_CMD=hv_ifconfig
        hv_if=$1
        if [ -n "$hv_if" ]; then
            hv_args=$(ifconfig_getargs "$hv_if")
            [ -z "$hv_args" ] || eval "hv_ifconfig $hv_if $hv_args"
            if afexists inet6; then
                hv_args=$(ifconfig_getargs "$hv_if" ipv6)
                if [ -n "$hv_args" ]; then
                    case $hv_args in
                    :*|[0-9a-fA-F]*:*) hv_args="inet6 $hv_args" ;;
                    esac
                    hv_ifconfig "$hv_if" inet6 -ifdisabled
                    eval "hv_ifconfig $hv_if $hv_args"
                fi
                ipv6_autoconfif "$hv_if" && hv_say autoconf $rtsol_flags
            fi
            ipv4_up "$hv_if"
            ipv6_up "$hv_if"
            dhcpif "$hv_if" && hv_say dhcp
            hv_args=$(get_if_var "$hv_if" dhclient_flags_IF "$dhclient_flags")
            hv_say dhclient ${dhclient_program:-/sbin/dhclient} $hv_args
            hv_say description "$(get_if_var "$hv_if" ifconfig_IF_descr)"
        fi
        hv_say delay "$hyperv_vf_delay"
        hv_say end
        """;

    /// <summary>The settings of one interface.</summary>
    public RcConf Of(Link link)
    {
        var conf = new RcConf(link.Index);
        if (Read(link.Name, out List<(string Keyword, ImmutableArray<string> Words)> records) is { } fault)
            return conf with { Fault = fault };
        foreach ((string keyword, ImmutableArray<string> words) in records)
        {
            conf = keyword switch
            {
                "ifconfig" => conf with { Ifconfig = conf.Ifconfig.Add(words) },
                "dhcp" => conf with { Dhcp = true },
                "dhclient" => conf with { Dhclient = words },
                "autoconf" => conf with { Autoconfigured = true, RtsolFlags = words },
                "description" => conf with { Description = words[0] },
                _ => conf,
            };
        }
        return conf;
    }

    /// <summary>hyperv_vf_delay; null if it is not a number of at least 2, upstream's minimum, or rc.conf cannot be read.</summary>
    public TimeSpan? Delay() =>
        Read("", out List<(string Keyword, ImmutableArray<string> Words)> records) is null
        && records.Find(record => record.Keyword == "delay").Words is [var text]
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
        && seconds >= Core.Settings.UsualDelay.TotalSeconds
            ? TimeSpan.FromSeconds(Math.Min(seconds, Core.Settings.LongestDelay.TotalSeconds)) : null;

    private string? Read(string name, out List<(string Keyword, ImmutableArray<string> Words)> records)
    {
        ProgramResult result = programs.Run("/bin/sh", "-c", Script, "hyperv-vfattach", name);
        string[] fields = Encoding.UTF8.GetString(result.Output).Split('\0');
        records = [];
        // The last field is the text after the last NUL.
        for (int i = 0; i + 1 < fields.Length - 1;)
        {
            if (!int.TryParse(fields[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                || count > fields.Length - 3 - i)
                break;
            records.Add((fields[i], [.. fields.AsSpan(i + 2, count)]));
            i += 2 + count;
        }
        if (records is [.., ("end", _)])
            return null;
        string[] complaints = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return complaints.Length > 0 ? complaints[^1] : $"sh ended with status {result.Status} before the end of its script";
    }
}
