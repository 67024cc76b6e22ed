using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HypervVfattach.Commands;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Tests.Unit.Config;
using HypervVfattach.Tests.Unit.Doctor;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>The manual pages and READMEs, against mandoc and against the code.</summary>
public sealed partial class ManualTests : IDisposable
{
    private const string Mandoc = "/usr/bin/mandoc";

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "install", "man"))
        .Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_is_clean_mdoc(string page)
    {
        Assert.SkipUnless(File.Exists(Mandoc), $"needs {Mandoc} (package mandoc)");
        // mandoc prints its complaints on standard output.
        Run(Mandoc, "-T", "lint", "-W", "warning", PathOf(page)).ShouldBeEmpty();
        Text(page).ShouldStartWith(".Dd ");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_names_this_version(string page) =>
        Text(page).ShouldContain($"\n.Os {HelpText.Version}", Case.Sensitive);

    [Fact]
    public void The_installer_puts_each_page_into_its_section_and_takes_it_away_again()
    {
        OnLinux.OrSkip();
        string installer = Path.Combine(Repository.Root, "install", "install.sh");
        Run("/bin/sh", installer);
        string man = Path.Combine(_directory, "usr", "share", "man");
        foreach (string page in Pages.Select(row => row.Data))
            File.Exists(Path.Combine(man, $"man{page[^1]}", page)).ShouldBeTrue(page);
        Directory.EnumerateFiles(man, "*", SearchOption.AllDirectories).Count().ShouldBe(Pages.Count);
        Run("/bin/sh", installer, "--uninstall");
        Directory.EnumerateFiles(man, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void The_pages_that_others_refer_to_are_there()
    {
        string[] pages = [.. Pages.Select(row => row.Data)];
        List<string> missing = [];
        foreach (string directory in (string[])["install", "rules", "cli"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, directory), "*", SearchOption.AllDirectories))
            {
                foreach (Match match in Reference().Matches(File.ReadAllText(file)))
                {
                    if (!pages.Contains($"{match.Groups["page"].Value}.{match.Groups["section"].Value}"))
                        missing.Add($"{Path.GetRelativePath(Repository.Root, file)}: {match.Value}");
                }
            }
        }
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void Each_setting_has_an_entry_with_its_default_and_no_other_has()
    {
        string page = Text("hyperv-vfattach.toml.5");
        string[] keys = [.. Key().Matches(page).Select(match => match.Groups["key"].Value)];
        // What the reader names as possible is what it takes.
        string possible = Refusals.Of(["unknown = 1"],
            text => SettingsReader.Read("x", System.Text.Encoding.UTF8.GetBytes(text), LinuxSystem.Scope));
        keys.Order().ShouldBe(PossibleKeys().Match(possible).Groups["keys"].Value.Split(", ").Order());
        string example = File.ReadAllText(Path.Combine(Repository.Root, "install", "hyperv-vfattach.toml"));
        foreach (Match match in Key().Matches(page))
        {
            string value = match.Groups["value"].Value.Replace("\\(dq", "\"", StringComparison.Ordinal).Replace("[ ", "[", StringComparison.Ordinal)
                .Replace(" ]", "]", StringComparison.Ordinal);
            example.ShouldContain($"\n#{match.Groups["key"].Value} = {value}\n", Case.Sensitive);
        }
    }

    [Fact]
    public void The_ranges_of_the_settings_are_those_of_the_code()
    {
        string page = Text("hyperv-vfattach.toml.5");
        page.ShouldContain(string.Create(CultureInfo.InvariantCulture,
            $"Integer, {LinuxSystem.Scope.ShortestDelay.TotalSeconds} to {Settings.LongestDelay.TotalSeconds} (from {FreeBsdSystem.Scope.ShortestDelay.TotalSeconds} on FreeBSD): seconds"));
        page.ShouldContain("Integer, 1 to 10000: milliseconds");
        string command = Text("hyperv-vfattach.8");
        command.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"0 to {Settings.LongestDelay.TotalSeconds}; without it"));
        foreach (string outside in (string[])["delay = -1", "delay = 86401", "miimon = 0", "miimon = 10001"])
            Should.Throw<ConfigurationError>(() => SettingsReader.Read("x", System.Text.Encoding.UTF8.GetBytes(outside), LinuxSystem.Scope));
        foreach (string inside in (string[])["delay = 2", "delay = 86400", "miimon = 1", "miimon = 10000"])
            SettingsReader.Read("x", System.Text.Encoding.UTF8.GetBytes(inside), LinuxSystem.Scope);
    }

    [Fact]
    public void Each_option_and_command_of_the_help_is_in_the_manual()
    {
        string page = Text("hyperv-vfattach.8");
        string[] options = [.. Option().Matches(HelpText.Help).Select(match => match.Value).Distinct()];
        options.Length.ShouldBeGreaterThan(10);
        foreach (string option in options)
            Regex.IsMatch(page, $@"Fl -{option[2..]}(?![\w-])").ShouldBeTrue(option);
        foreach (string command in (string[])["scan", "detach", "status", "doctor", "import", "vfup", "vfdown", "linkup"])
        {
            HelpText.Help.ShouldContain(command);
            Regex.IsMatch(page, $@"^\.It (.* , )?Cm {command}\b", RegexOptions.Multiline).ShouldBeTrue(command);
        }
    }

    [Fact]
    public void Each_exit_status_is_in_the_manual_the_help_and_the_README()
    {
        string page = Text("hyperv-vfattach.8");
        string manual = page[page.IndexOf(".Sh EXIT STATUS", StringComparison.Ordinal)..page.IndexOf(".Sh EXAMPLES", StringComparison.Ordinal)];
        int[] codes = [.. Enum.GetValues<ExitCode>().Select(code => (int)code)];
        Entry().Matches(manual).Select(match => int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture)).ShouldBe(codes);
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string line = readme[readme.IndexOf("Exit codes: ", StringComparison.Ordinal)..];
        foreach (int code in codes)
        {
            HelpText.Help.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"\n  {code}  "));
            line[..line.IndexOf("\n\n", StringComparison.Ordinal)].ShouldContain(string.Create(CultureInfo.InvariantCulture, $"{code} "));
        }
    }

    [Fact]
    public void Each_state_has_a_sample_and_it_is_what_status_shows()
    {
        string page = Text("hyperv-vfattach-status.7");
        string approved = File.ReadAllText(Path.Combine(Repository.Root, "tests", "unit", "Commands", "StatusSamplesTests.At_80_columns.approved.txt"));
        string states = page[page.IndexOf(".Sh STATES", StringComparison.Ordinal)..page.IndexOf(".Sh THE HOST SIDE", StringComparison.Ordinal)];
        string[] titles = [.. Title().Matches(approved).Select(match => match.Groups["title"].Value)];
        titles.Length.ShouldBeGreaterThan(15);
        string[] parts = states.Split("\n.Ss ")[1..];
        parts.Select(part => part.Split('\n')[0]).ShouldBe(titles.Select(title => char.ToUpperInvariant(title[0]) + title[1..]));
        foreach ((string part, string title) in parts.Zip(titles))
        {
            string sample = part[(part.IndexOf(".Bd -literal\n", StringComparison.Ordinal) + ".Bd -literal\n".Length)..part.IndexOf(".Ed", StringComparison.Ordinal)];
            approved.ShouldContain($"({title})\n$ hyperv-vfattach status\n{sample}", Case.Sensitive);
        }
    }

    [Fact]
    public void Each_check_of_doctor_is_in_its_manual_and_no_other_is()
    {
        string page = Text("hyperv-vfattach-doctor.8");
        string checks = page[page.IndexOf(".Sh CHECKS", StringComparison.Ordinal)..page.IndexOf(".Sh EXIT STATUS", StringComparison.Ordinal)];
        Check().Matches(checks).Select(match => match.Groups["check"].Value).Order()
            .ShouldBe(Fault.All.Select(it => it.Text.Split('/')[0]).Distinct().Order());
    }

    [Theory]
    [InlineData("60-hyperv-vfattach.rules")]
    [InlineData("61-hyperv-vfattach-pci.rules")]
    public void The_rules_name_this_version(string file) =>
        File.ReadAllText(Path.Combine(Repository.Root, "rules", "udev", file)).ShouldStartWith($"# hyperv-vfattach {HelpText.Number}:", Case.Sensitive);

    [Fact]
    public void The_README_is_short() =>
        File.ReadLines(Path.Combine(Repository.Root, "README.md")).Count().ShouldBeLessThanOrEqualTo(150);

    [Fact]
    public void Each_weakness_of_the_scripts_has_a_row_and_its_tests_exist()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "install", "freebsd", "README.md")).Where(line => Row().IsMatch(line))];
        rows.Select(row => Row().Match(row).Groups["number"].Value).ShouldBe(Enumerable.Range(1, 25).Select(number => $"{number}"));
        string tests = string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "unit", "FreeBSD"), "*.cs",
            SearchOption.AllDirectories).Select(File.ReadAllText));
        string[] named = [.. rows.SelectMany(row => TestName().Matches(row)).Select(match => match.Groups["name"].Value)];
        named.Length.ShouldBeGreaterThan(20);
        foreach (string name in named)
            tests.ShouldContain(name, Case.Sensitive);
    }

    private static string PathOf(string page) => Path.Combine(Repository.Root, "install", "man", page);

    private static string Text(string page) => File.ReadAllText(PathOf(page));

    // What a program prints. One that fails must have printed why.
    [Fact]
    public void Each_recipe_for_a_KVM_host_is_short_and_has_its_source()
    {
        string[] recipes = Recipes();
        recipes.Select(recipe => recipe.Split('\n')[0]).ShouldBe(["libvirt", "OpenStack", "KubeVirt", "Proxmox VE", "Incus"]);
        foreach (string recipe in recipes)
        {
            recipe.ShouldContain("\nSource: ");
            Literal(recipe).Count().ShouldBeInRange(1, 10, recipe);
        }
    }

    [Fact]
    public void The_XML_for_libvirt_is_valid()
    {
        const string validator = "/usr/bin/virt-xml-validate";
        Assert.SkipUnless(File.Exists(validator), $"needs {validator} (package libvirt-clients)");
        string[] teaming = [.. Recipes()[0].Split('\n').Where(line => line.StartsWith(".Li <teaming", StringComparison.Ordinal)).Select(line => line[4..])];
        string[] interfaces = string.Concat(Literal(Recipes()[0]).Where(line => line.TrimStart().StartsWith('<'))).Split("</interface>")[..2];
        teaming.Length.ShouldBe(2);
        Validate(interfaces);
        Validate([.. interfaces.Zip(teaming, (left, right) => left + right)]);

        void Validate(string[] devices)
        {
            string file = Path.Combine(_directory, "guest.xml");
            File.WriteAllText(file, $"<domain type='kvm'><name>guest</name><memory>1048576</memory><os><type>hvm</type></os><devices>{string.Concat(devices.Select(device => $"{device}</interface>"))}</devices></domain>");
            Run("/bin/sh", "-c", $"{validator} {file} domain 2>&1").ShouldBe($"{file} validates\n");
        }
    }

    private static string[] Recipes()
    {
        string page = Text("hyperv-vfattach-kvm.7");
        return page[page.IndexOf(".Sh RECIPES", StringComparison.Ordinal)..page.IndexOf(".Sh CLOUD-INIT", StringComparison.Ordinal)].Split("\n.Ss ")[1..];
    }

    private static IEnumerable<string> Literal(string recipe) => recipe.Split(".Bd -literal -offset indent\n")[1..]
        .SelectMany(block => block[..block.IndexOf("\n.Ed", StringComparison.Ordinal)].Split('\n'));

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["DESTDIR"] = _directory, ["PREFIX"] = "/usr", ["BINARY"] = "/bin/true", ["SYSTEMD"] = "252" },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            output.ShouldNotBeEmpty($"{program} ended with {process.ExitCode}");
        return output;
    }

    [GeneratedRegex(@"\b(?<page>hyperv-vfattach(\.toml|-joins|-kvm|-status|-doctor)?)[( ](?<section>[1-9])\)?(?![\d.])")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^\.It Ic (?<key>\w+) No = (?<value>.+)$", RegexOptions.Multiline)]
    private static partial Regex Key();

    [GeneratedRegex(@"possible are (?<keys>[\w, ]+), or a table")]
    private static partial Regex PossibleKeys();

    [GeneratedRegex(@"^\.It Li (?<check>[a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex Check();

    [GeneratedRegex(@"--[a-z-]+[a-z]")]
    private static partial Regex Option();

    [GeneratedRegex(@"^\.It (?<code>\d)$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\((?<title>[a-z].*)\)$", RegexOptions.Multiline)]
    private static partial Regex Title();

    [GeneratedRegex(@"^\| (?<number>\d+) \|")]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>W\\d\\d|[A-Z]\\w*Tests|[A-Z][a-z]*_\\w+)`")]
    private static partial Regex TestName();
}
