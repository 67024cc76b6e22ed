using System.Diagnostics;
using System.Text.RegularExpressions;
using HypervVfattach.Commands;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>What the shells offer after the Tab key: the shells themselves run, with the files that are installed.</summary>
public sealed partial class CompletionTests : IDisposable
{
    // By the kernel's rule each network namespace has it.
    private const string Interface = "lo";

    private static readonly string s_files = Path.Combine(Repository.Root, "install", "completion");

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string> Shells => ["bash", "zsh", "fish"];

    [Theory]
    [MemberData(nameof(Shells))]
    public void Each_command_and_option_is_offered_where_it_belongs(string shell)
    {
        string[] general = ["--dry-run", "--foreground", "--config", "--verbose", "--version", "--help"];
        Offered(shell, "").ShouldContain(Interface);
        Offered(shell, "").Where(word => word[0] != '-').Intersect(["scan", "detach", "status", "doctor", "import"]).Count().ShouldBe(5);
        Offered(shell, "--").ShouldBe(general, ignoreOrder: true);
        Offered(shell, "detach --").ShouldBe(general, ignoreOrder: true);
        Offered(shell, "detach ").ShouldContain(Interface);
        Offered(shell, "--dry-run detach ").ShouldContain(Interface);
        string[] scan = Offered(shell, "scan --");
        scan.ShouldContain("--unfinished");
        string[] status = Offered(shell, "status --");
        string[] doctor = Offered(shell, "doctor --");
        doctor.ShouldBe(["--json", "--selftest", "--config", "--help"], ignoreOrder: true);
        // udev, devd and services pass --event.
        general.Concat(scan).Concat(status).Concat(doctor).Append("--event").Distinct()
            .ShouldBe(Option().Matches(HelpText.Help).Select(match => match.Value).Distinct(), ignoreOrder: true);
        Offered(shell, "status --json ").ShouldContain(Interface);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public void A_part_of_a_word_is_completed_and_a_file_where_one_is_asked_for(string shell)
    {
        Offered(shell, "deta").ShouldBe(["detach"]);
        Offered(shell, "status --promet").ShouldBe(["--prometheus"]);
        File.WriteAllText(Path.Combine(_directory, "settings.toml"), "");
        foreach (string line in (string[])["--config ", "status --output ", "doctor --config "])
            Offered(shell, $"{line}{_directory}/sett").Select(Path.GetFileName).ShouldBe(["settings.toml"], line);
    }

    // The words for the end of a command line.
    private string[] Offered(string shell, string line)
    {
        OnLinux.OrSkip();
        string program = $"/usr/bin/{shell}";
        Assert.SkipUnless(File.Exists(program), $"needs {program} (package {shell})");
        string[] arguments = shell switch
        {
            // COMP_WORDS is what readline makes of the line.
            "bash" => ["--norc", "-c", $"""
                source {s_files}/hyperv-vfattach.bash; line='hyperv-vfattach {line}'; COMP_WORDS=($line); [[ $line != *' ' ]] || COMP_WORDS+=('')
                COMP_CWORD=$((${"{#COMP_WORDS[@]}"} - 1)); _hyperv_vfattach; printf '%s\n' "${"{COMPREPLY[@]}"}"
                """],
            "fish" => ["--no-config", "-c", $"source {s_files}/hyperv-vfattach.fish; complete -C'hyperv-vfattach {line}'"],
            _ => ["-f", Zsh(line)],
        };
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = _directory, ["XDG_CONFIG_HOME"] = _directory, ["XDG_DATA_HOME"] = _directory, ["TERM"] = "xterm" },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, output);
        // fish adds a description behind a tab.
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('\t')[0]).Distinct()];
    }

    // zsh completes only in its line editor, which needs a terminal: zpty. Its compadd is asked for the words that match.
    private string Zsh(string line)
    {
        string words = Path.Combine(_directory, "words");
        File.WriteAllText(words, "");
        string record = Path.Combine(_directory, "record");
        File.WriteAllText(record, $$"""
            compadd() {
                local -a hits
                if [[ ${(j: :)@[1,(i)(-|--)]} != *-(O|A|D)* ]]; then builtin compadd -O hits "$@"; print -rl -- $hits >>{{words}}; fi
                builtin compadd "$@"
            }
            """);
        string script = Path.Combine(_directory, "script");
        File.WriteAllText(script, $$"""
            zmodload zsh/zpty
            zpty -b shell zsh -f -i
            zpty -w shell "fpath=({{s_files}} \$fpath); autoload -Uz compinit; compinit -D -u; source {{record}}; print REA''DY"
            zpty -r shell output '*READY*'
            zpty -w -n shell 'hyperv-vfattach {{line}}'$'\t\x15'
            zpty -w shell "print DO''NE; exit"
            zpty -r shell output '*DONE*'
            zpty -d shell
            cat {{words}}
            """);
        return script;
    }

    [GeneratedRegex(@"--[a-z-]+[a-z]")]
    private static partial Regex Option();
}
