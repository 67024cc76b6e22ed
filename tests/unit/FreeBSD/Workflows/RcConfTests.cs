using System.Diagnostics;
using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The script that uses network.subr, run by a real shell with functions that behave like FreeBSD's.</summary>
public sealed class RcConfTests : IDisposable
{
    // Written from the behaviour of network.subr (libexec/rc/network.subr), as far as the script calls it.
    private const string NetworkSubr = """
        IFCONFIG_CMD=/sbin/ifconfig
        get_if_var() {
            _v=$(echo "$2" | sed "s/IF/$1/")
            eval "echo \${$_v-$3}"
        }
        _ifconfig_getargs() { get_if_var "$1" "ifconfig_IF${2:+_$2}" "$ifconfig_DEFAULT"; }
        ifconfig_getargs() {
            _args=
            for _a in $(_ifconfig_getargs "$1" $2); do
                case $_a in DHCP|SYNCDHCP|NOSYNCDHCP|NOAUTO) ;; *) _args="$_args $_a" ;; esac
            done
            echo $_args
        }
        dhcpif() { case " $(_ifconfig_getargs "$1") " in *" DHCP "*|*SYNCDHCP*) return 0 ;; esac; return 1; }
        afexists() { return 0; }
        ipv6_autoconfif() { case " $(_ifconfig_getargs "$1" ipv6) " in *" accept_rtadv "*) return 0 ;; esac; return 1; }
        ipv4_up() {
            for _a in $(get_if_var "$1" ipv4_addrs_IF); do ${IFCONFIG_CMD} "$1" inet "$_a" alias; done
            eval "_a=\${ifconfig_$1_alias0-}"
            [ -z "$_a" ] || eval "${IFCONFIG_CMD} $1 $_a alias"
        }
        ipv6_up() { :; }
        """;

    private readonly DirectoryInfo _etc = Directory.CreateTempSubdirectory("rc-");

    public void Dispose() => _etc.Delete(recursive: true);

    [Fact]
    public void Static_addresses_aliases_and_quoted_words_come_as_the_system_reads_them()
    {
        RcConf conf = Read("""
            ifconfig_hn0="inet 192.0.2.10 netmask 255.255.255.0 description 'the front door'"
            ifconfig_hn0_alias0="inet 192.0.2.11/32"
            ifconfig_hn0_ipv6="2001:db8::10/64"
            ipv4_addrs_hn0="198.51.100.4/24 198.51.100.5/32"
            ifconfig_hn0_descr="Front door"
            echo "rc.conf may talk"
            """);
        conf.Fault.ShouldBeNull();
        conf.Ifconfig.Select(words => string.Join('|', words)).ShouldBe(
        [
            "inet|192.0.2.10|netmask|255.255.255.0|description|the front door",
            "inet6|-ifdisabled",
            "inet6|2001:db8::10/64",
            "inet|198.51.100.4/24|alias", "inet|198.51.100.5/32|alias", "inet|192.0.2.11/32|alias",
        ]);
        conf.Description.ShouldBe("Front door");
        conf.Dhcp.ShouldBeFalse();
        conf.Configures.ShouldBeTrue();
    }

    [Fact]
    public void DHCP_with_flags()
    {
        RcConf conf = Read("""
            ifconfig_hn0="SYNCDHCP"
            dhclient_flags_hn0="-c /etc/my.conf"
            ifconfig_hn0_ipv6="inet6 accept_rtadv"
            rtsol_flags="-i"
            """);
        conf.Dhcp.ShouldBeTrue();
        conf.Dhclient.ShouldBe(["/sbin/dhclient", "-c", "/etc/my.conf"]);
        conf.Autoconfigured.ShouldBeTrue();
        conf.RtsolFlags.ShouldBe(["-i"]);
    }

    [Fact]
    public void Nothing_is_nothing()
    {
        RcConf conf = Read("hostname=guest");
        conf.Fault.ShouldBeNull();
        conf.Configures.ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_does_not_parse_is_a_fault_in_the_shells_words() =>
        Read("ifconfig_hn0=\"inet 192.0.2.10").Fault.ShouldNotBeNull().ShouldContain("rc.conf");

    [Theory]
    [InlineData("30", 30)]
    [InlineData("2", 2)]
    [InlineData("1", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void The_delay_is_a_number_of_at_least_two(string text, int? seconds)
    {
        Prepare($"hyperv_vf_delay=\"{text}\"");
        new RcConfReader(new Shell(_etc.FullName)).Delay()
            .ShouldBe(seconds is { } number ? TimeSpan.FromSeconds(number) : null);
    }

    private RcConf Read(string rcConf)
    {
        Prepare(rcConf);
        return new RcConfReader(new Shell(_etc.FullName)).Of(new Link { Index = 1, Name = "hn0" });
    }

    private void Prepare(string rcConf)
    {
        File.WriteAllText(Path.Combine(_etc.FullName, "rc.conf"), rcConf + "\n");
        File.WriteAllText(Path.Combine(_etc.FullName, "rc.subr"), $"load_rc_config() {{ . {_etc.FullName}/rc.conf; }}\n");
        File.WriteAllText(Path.Combine(_etc.FullName, "network.subr"), NetworkSubr + "\n");
    }

    /// <summary>A real shell, with another /etc.</summary>
    private sealed class Shell(string etc) : IPrograms
    {
        public ProgramResult Run(params ReadOnlySpan<string> program)
        {
            var start = new ProcessStartInfo(program[0])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (string word in program[1..])
                start.ArgumentList.Add(word.Replace(". /etc/", $". {etc}/"));
            using Process process = Process.Start(start)!;
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return new ProgramResult(process.ExitCode, output.ToArray(), errors.Trim());
        }

        public void Start(params ReadOnlySpan<string> program) => throw new NotSupportedException();

        public int Signal(int process, int signal) => throw new NotSupportedException();

        public string? ReadFile(string path) => throw new NotSupportedException();

        public HypervVfattach.Core.OpenedFile? Open(string path) => throw new NotSupportedException();

        public FileFacts? Look(string path) => throw new NotSupportedException();

        public void Sleep(TimeSpan time) => throw new NotSupportedException();
    }
}
