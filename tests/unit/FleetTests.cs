using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using HypervVfattach.Tests.Unit.Commands;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>What install/fleet has for the tools of a fleet, against these tools and against the code.</summary>
public sealed partial class FleetTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Each_metric_that_a_rule_or_a_panel_asks_for_is_printed()
    {
        string[] printed = [.. Series(Joined()).Select(line => Metric().Match(line).Value).Distinct()];
        foreach (string file in (string[])["hyperv-vfattach.rules.yml", "hyperv-vfattach.dashboard.json"])
        {
            string[] asked = [.. Metric().Matches(Text(file)).Select(match => match.Value).Distinct()];
            asked.Length.ShouldBeGreaterThan(5);
            asked.Except(printed).ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void Each_metric_is_in_the_manual()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "install", "man", "hyperv-vfattach.8"));
        string part = page[page.IndexOf("prints these metrics", StringComparison.Ordinal)..page.IndexOf(".Sh RECORDED EVENTS", StringComparison.Ordinal)];
        string[] described = [.. Entry().Matches(part).SelectMany(match => match.Groups["names"].Value.Split(" , ")).Select(name => "hyperv_vfattach_" + name)];
        Family().Matches(Joined()).Select(match => match.Groups["name"].Value).Order().ShouldBe(described.Order());
    }

    /// <summary>What the alert for a VF that stays away asks for: such a pair is joined.</summary>
    [Fact]
    public void A_VF_that_has_left_is_expected_and_one_that_never_was_is_not()
    {
        using TestWorld world = World();
        world.System.Remove(3);
        string[] away = Series(world.Run("status", "--prometheus"));
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("vf_present", "0"), ("vf_expected", "1"), ("joined", "1"), ("carried_by_vf", "0")])
            away.ShouldContain($"hyperv_vfattach_{name}{{mac=\"52:54:00:00:00:01\",synthetic=\"enp0s3\"}} {value}");
        using var never = new TestWorld("kvm");
        never.System.Remove(3);
        Series(never.Run("status", "--prometheus")).ShouldContain("hyperv_vfattach_vf_expected{mac=\"52:54:00:00:00:01\",synthetic=\"enp0s3\"} 0");
    }

    [Fact]
    public void The_rules_alert_when_they_should()
    {
        string rules = Path.Combine(Repository.Root, "install", "fleet", "hyperv-vfattach.rules.yml");
        Promtool("check", "rules", rules).ShouldBe("");
        string test = File.ReadAllText(Path.Combine(Repository.Root, "tests", "unit", "fleet", "rules.test.yml"));
        Promtool("test", "rules", Write("test.yml", test.Replace("RULES", rules, StringComparison.Ordinal))).ShouldBe("");
        // Each rule is tested, and a rule that says nothing is noticed.
        string[] alerts = [.. Alert().Matches(Text("hyperv-vfattach.rules.yml")).Select(match => match.Groups["name"].Value)];
        alerts.Length.ShouldBe(9);
        foreach (string alert in alerts)
            Regex.IsMatch(test, $@"alertname: {alert}\n +exp_alerts:").ShouldBeTrue(alert);
        string mute = Write("mute.yml", File.ReadAllText(rules).Replace("hyperv_vfattach_vf_expected == 1", "hyperv_vfattach_vf_expected == 2", StringComparison.Ordinal));
        Promtool("test", "rules", Write("test.yml", test.Replace("RULES", mute, StringComparison.Ordinal))).ShouldContain("HypervVfattachVfAway");
    }

    /// <summary>Grafana is not at hand: promtool evaluates the queries, over what a joined pair prints.</summary>
    [Fact]
    public void Each_query_of_the_dashboard_finds_something()
    {
        string series = string.Concat(Series(Joined()).Select(line =>
        {
            Match sample = Sample().Match(line);
            string labels = sample.Groups["labels"].Value;
            string name = $"{sample.Groups["name"].Value}{{instance=\"a\"{(labels.Length > 0 ? "," : "")}{labels}}}";
            return $"      - {{series: '{name}', values: '{sample.Groups["value"].Value}+1x90'}}\n";
        }));
        string[] queries = [.. Queries()];
        queries.Length.ShouldBeGreaterThan(8);
        string expressions = string.Concat(queries.Select(query =>
            $"      - {{expr: 'count({Filled(query)}) > bool 0', eval_time: 80m, exp_samples: [{{labels: '{{}}', value: 1}}]}}\n"));
        Promtool("test", "rules", Write("test.yml",
            $"evaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n{series}    promql_expr_test:\n{expressions}")).ShouldBe("");

        static string Filled(string query) => query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
    }

    [Fact]
    public void The_dashboard_has_six_panels_side_by_side()
    {
        using var document = JsonDocument.Parse(Text("hyperv-vfattach.dashboard.json"));
        JsonElement root = document.RootElement;
        root.GetProperty("schemaVersion").GetInt32().ShouldBeGreaterThanOrEqualTo(36);
        string[] variables = [.. root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()!)];
        JsonElement[] panels = [.. root.GetProperty("panels").EnumerateArray()];
        panels.Length.ShouldBe(6);
        panels.Select(panel => panel.GetProperty("id").GetInt32()).ShouldBe([1, 2, 3, 4, 5, 6]);
        HashSet<(int, int)> taken = [];
        foreach (JsonElement panel in panels)
        {
            panel.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
            panel.GetProperty("type").GetString().ShouldBeOneOf("state-timeline", "timeseries", "table");
            JsonElement grid = panel.GetProperty("gridPos");
            int Of(string name) => grid.GetProperty(name).GetInt32();
            (Of("x") + Of("w")).ShouldBeLessThanOrEqualTo(24);
            for (int x = Of("x"); x < Of("x") + Of("w"); x++)
            {
                for (int y = Of("y"); y < Of("y") + Of("h"); y++)
                    taken.Add((x, y)).ShouldBeTrue(panel.GetProperty("title").GetString());
            }
            foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
            {
                target.GetProperty("datasource").GetProperty("uid").GetString().ShouldBe("${datasource}");
                foreach (Match variable in Variable().Matches(target.GetProperty("expr").GetString()!))
                    variables.ShouldContain(variable.Groups["name"].Value);
            }
        }
    }

    /// <summary>The service's command line is one that the program takes, and its result is what node_exporter reads.</summary>
    [Fact]
    public void The_textfile_service_writes_the_metrics()
    {
        OnLinux.OrSkip();
        string unit = Text("hyperv-vfattach-textfile.service");
        string[] words = unit.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ');
        words[0].ShouldBe("/usr/local/sbin/hyperv-vfattach");
        string directory = Path.GetDirectoryName(words[^1])!;
        unit.ShouldContain($"\nConditionPathIsDirectory={directory}\n");
        unit.ShouldContain($"\nReadWritePaths={directory} ");
        Path.GetExtension(words[^1]).ShouldBe(".prom");
        words[^1] = Path.Combine(_directory, "metrics.prom");
        using TestWorld world = World();
        world.Run(words[1..]).ShouldContain("exit ");
        string text = File.ReadAllText(words[^1]);
        Series(text).ShouldBe(Series(Joined()), ignoreOrder: true);
    }

    [Fact]
    public void The_units_are_good()
    {
        const string Analyze = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Analyze), $"needs {Analyze} (package systemd)");
        string[] units = [.. ((string[])["fleet", "systemd"]).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, "install", folder)))
            .Where(file => Path.GetExtension(file) is ".service" or ".timer")];
        units.Length.ShouldBe(6);
        // It asks whether the executable is there.
        string[] copies = [.. units.Select(unit => Write(Path.GetFileName(unit), File.ReadAllText(unit)
            .Replace("/usr/local/sbin/hyperv-vfattach", "/bin/true", StringComparison.Ordinal)))];
        Run(Analyze, ["verify", "--man=no", .. copies]).ShouldBe((0, ""));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(6, 0)]
    [InlineData(7, 0)]
    [InlineData(1, 1)]
    [InlineData(127, 1)]
    public void The_fact_fails_only_without_a_status(int status, int expected)
    {
        OnLinux.OrSkip();
        string program = Write("program", $"#!/bin/sh\necho \"{{\\\"arguments\\\": \\\"$*\\\"}}\"\nexit {status}\n");
        string fact = Write("fact", Text("hyperv_vfattach.fact").Replace("/usr/local/sbin/hyperv-vfattach", $"sh {program}", StringComparison.Ordinal));
        Run("/bin/sh", fact).ShouldBe((expected, "{\"arguments\": \"status --json\"}\n"));
    }

    [Fact]
    public void The_user_data_of_cloud_init_is_valid()
    {
        const string CloudInit = "/usr/bin/cloud-init";
        Assert.SkipUnless(File.Exists(CloudInit), $"needs {CloudInit} (package cloud-init)");
        Run(CloudInit, "schema", "--config-file", Path.Combine(Repository.Root, "install", "fleet", "cloud-init.yaml")).Code.ShouldBe(0);
    }

    [Fact]
    public void The_examples_have_a_configuration_that_is_valid()
    {
        foreach (string file in (string[])["cloud-init.yaml", "butane.yaml"])
        {
            string text = Text(file);
            text.ShouldContain("/etc/hyperv-vfattach.toml");
            // The lines of the block scalar.
            string[] lines = [.. text.Split('\n').Where(line => line.Contains(" = ", StringComparison.Ordinal)).Select(line => line.Trim())];
            lines.Length.ShouldBeGreaterThan(1);
            HypervVfattach.Config.SettingsReader.Read(file, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)), LinuxSystem.Scope).SyntheticDrivers
                .ShouldContain("virtio_net");
        }
    }

    [Fact]
    public void The_installer_puts_each_file_and_takes_it_away_again()
    {
        OnLinux.OrSkip();
        string installer = Path.Combine(Repository.Root, "install", "install.sh");
        Run("/bin/sh", installer).Code.ShouldBe(0);
        string share = Path.Combine(_directory, "usr", "share", "hyperv-vfattach", "fleet");
        string units = Path.Combine(_directory, "usr", "lib", "systemd", "system");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "install", "fleet")).Select(file => Path.GetFileName(file)!))
        {
            string place = Path.Combine(Path.GetExtension(file) is ".service" or ".timer" ? units : share, file);
            File.Exists(place).ShouldBeTrue(place);
            File.ReadAllText(place).ShouldNotContain("/usr/local/sbin");
            if (file != "README.md")
                Text("README.md").ShouldContain($"`{Path.GetFileNameWithoutExtension(file)}.");
            File.GetUnixFileMode(place).HasFlag(UnixFileMode.OtherExecute).ShouldBe(Path.GetExtension(file) == ".fact", place);
        }
        Run("/bin/sh", installer, "--uninstall").Code.ShouldBe(0);
        Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    private static string Text(string file) => File.ReadAllText(Path.Combine(Repository.Root, "install", "fleet", file));

    // A pair that the kernel has joined and whose VF has arrived while the program was there.
    private static TestWorld World()
    {
        var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground");
        return world;
    }

    private static string Joined()
    {
        using TestWorld world = World();
        return world.Run("status", "--prometheus");
    }

    private static string[] Series(string text) => [.. text.Split('\n').Where(line => line.StartsWith("hyperv_vfattach_", StringComparison.Ordinal))];

    private static IEnumerable<string> Queries()
    {
        using var document = JsonDocument.Parse(Text("hyperv-vfattach.dashboard.json"));
        foreach (JsonElement panel in document.RootElement.GetProperty("panels").EnumerateArray())
        {
            foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
                yield return target.GetProperty("expr").GetString()!;
        }
    }

    // What promtool complains about.
    private string Promtool(params string[] arguments)
    {
        string? tool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Append(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "hyperv-vfattach"))
            .Select(directory => Path.Combine(directory, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(tool is null, "needs promtool (package prometheus); tests/run.sh fetches it for the other tiers");
        (int code, string output) = Run(tool, arguments);
        return code == 0 ? "" : output;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    private (int Code, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" 2>&1", "sh", program, .. arguments])
        {
            RedirectStandardOutput = true,
            Environment = { ["DESTDIR"] = _directory, ["PREFIX"] = "/usr", ["BINARY"] = "/bin/true", ["SYSTEMD"] = "252" },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    [GeneratedRegex("hyperv_vfattach_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^# TYPE (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Family();

    [GeneratedRegex(@"^\.It Li (?<names>[a-z_ ,]+)$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"- alert: (?<name>\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"^(?<name>\w+)(\{(?<labels>.*)\})? (?<value>\d+)$")]
    private static partial Regex Sample();

    [GeneratedRegex(@"\$(?!__)(?<name>\w+)")]
    private static partial Regex Variable();
}
