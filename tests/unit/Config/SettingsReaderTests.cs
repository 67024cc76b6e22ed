using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Config;
using HypervVfattach.Core;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Config;

public class SettingsReaderTests
{
    private static readonly string[] s_refused =
    [
        // Unknown settings, and invalid values.
        "dely = 5",
        "delay = \"5\"",
        "delay = -1",
        "delay = 86401",
        "join = \"team\"",
        "join = true",
        "synthetic_drivers = \"hv_netvsc\"",
        "synthetic_drivers = []",
        "synthetic_drivers = [\"hv_netvsc\", \"\"]",
        "synthetic_drivers = [\n  \"hv_netvsc\",\n  7,\n]",
        "aggregate_name = 7",
        "aggregate_name = \"\"",
        "aggregate_name = \"%s\"",
        "aggregate_name = \"bond0\"",
        "aggregate_name = \"%s-%s\"",
        "aggregate_name = \"bond%d\"",
        "aggregate_name = \"bond %s\"",
        "aggregate_name = \"a/%s\"",
        "aggregate_name = \"a-name-too-long-for-linux\"",
        "take_name = \"yes\"",
        "miimon = 0",
        "miimon = 10001",
        "miimon = -100",
        "force = 1",
        "observe_only = \"yes\"",
        "path_check = true",
        "path_check = \"gateways\"",
        "path_check = []",
        "path_check = [\"192.0.2.1\", \"\"]",
        "path_check = [\"192.0.2.1\", 5]",
        "path_check = [\"1\"]",
        "path_check = [\"fe80::1%eth0\"]",
        "path_check = [\"::1\", \"::2\", \"::3\", \"::4\", \"::5\", \"::6\", \"::7\", \"::8\", \"::9\", \"::a\", \"::b\", \"::c\", \"::d\", \"::e\", \"::f\", \"::10\", \"::11\"]",
        "interface = 1",
        "[interfaces.eth1]",
        "[interface]\neth1 = 5",
        "[interface]\ndelay = 5",
        "[interface.eth1]\nname = \"x\"",
        "[interface.eth1]\nmiimon = 5",
        "[interface.eth1]\nobserve_only = true",
        "[interface.eth1]\ndelay = -1",
        "[interface.\"eth 1\"]\n",
        "[interface.\"\"]",
        "[interface.\"00:15:5d:01:02\"]",
        "[interface.\"00:15:5d:01:02:0g\"]",
        "[interface.eth1]\n[interface.eth1.more]",
        "[interface.\"00:15:5d:01:02:0a\"]\n[interface.\"00:15:5D:01:02:0A\"]",
    ];

    [Fact]
    public void Wrong_settings_are_refused_with_their_place_and_what_is_possible() =>
        Refusals.Of(s_refused, text => SettingsReader.Read("my.toml", Encoding.UTF8.GetBytes(text), LinuxSystem.Scope)).ShouldBeApproved();

    private static readonly string[] s_meaninglessOnFreeBsd =
    [
        "join = \"redirect\"",
        "join = \"team\"",
        "miimon = 100",
        "force = true",
        "synthetic_drivers = [\"hn\"]",
        "dely = 5",
        "[interface.hn0]\njoin = \"redirect\"",
        "[interface.hn0]\nforce = false",
        "[interface.hn0]\ndely = 5",
    ];

    [Fact]
    public void What_means_nothing_on_FreeBSD_is_refused_there() => Refusals.Of(s_meaninglessOnFreeBsd,
        text => SettingsReader.Read("my.toml", Encoding.UTF8.GetBytes(text), FreeBsdSystem.Scope)).ShouldBeApproved();

    [Theory]
    [InlineData("lagg")]
    [InlineData("bond")]
    public void On_FreeBSD_a_pair_is_joined_in_a_lagg_which_was_called_a_bond_once(string join) => SettingsReader
        .Read("my.toml", Encoding.UTF8.GetBytes($"join = \"{join}\""), FreeBsdSystem.Scope).Join.ShouldBe(JoinKind.Lagg);

    [Fact]
    public void On_Linux_there_is_no_lagg() => Should.Throw<ConfigurationError>(() => Read("join = \"lagg\""))
        .Message.ShouldContain("1:8: join is \"lagg\", which Linux does not support; expected \"bond\", \"redirect\" or \"none\"");

    [Fact]
    public void An_empty_file_means_the_defaults() => ShouldBeEqual(Read(""), new Settings());

    [Fact]
    public void Every_key_is_read()
    {
        Settings settings = Read("""
            delay = 120
            join = "none"
            synthetic_drivers = ["hv_netvsc", "virtio_net"]
            aggregate_name = "agg%s"
            take_name = true
            miimon = 50
            force = true
            [interface.eth1]
            delay = 3
            join = "bond"
            aggregate_name = "front"
            take_name = false
            force = false
            [interface."00:15:5D:01:02:03"]
            join = "bond"
            """);
        settings.Delay.ShouldBe(TimeSpan.FromMinutes(2));
        settings.Join.ShouldBe(JoinKind.None);
        settings.SyntheticDrivers.ShouldBe(["hv_netvsc", "virtio_net"]);
        settings.AggregateName.ShouldBe("agg%s");
        settings.TakeName.ShouldBeTrue();
        settings.Miimon.ShouldBe(50u);
        settings.Force.ShouldBeTrue();
        settings.Interfaces["eth1"].ShouldBe(new InterfaceSettings
        {
            Delay = TimeSpan.FromSeconds(3),
            Join = JoinKind.Bond,
            AggregateName = "front",
            TakeName = false,
            Force = false,
        });
        settings.For("eth7", "00:15:5d:01:02:03").Join.ShouldBe(JoinKind.Bond);
    }

    [Fact]
    public void The_example_file_shows_every_key_with_its_default()
    {
        string example = File.ReadAllText(Path.Combine(Repository.Root, "install", "hyperv-vfattach.toml"));
        ShouldBeEqual(Read(example), new Settings());

        // With its comments uncommented, the file has every key, and differs in its two tables only.
        Settings all = Read(string.Join('\n', example.Split('\n').Select(line => line.StartsWith('#') && !line.StartsWith("# ")
            ? line[1..] : line)));
        all.AggregateName.ShouldBe("bond-%s"); // on Linux; unset, it depends on the running OS
        ShouldBeEqual(all with { Interfaces = new Settings().Interfaces, AggregateName = null }, new Settings());
        all.Interfaces.Keys.Order().ShouldBe(["00:15:5d:01:02:03", "eth1"]);
        foreach (string key in (string[])["delay", "join", "synthetic_drivers", "aggregate_name", "take_name", "miimon", "force", "path_check"])
            example.ShouldContain($"\n#{key} = ");
    }

    [Fact]
    public void Settings_that_are_printed_read_back_equal()
    {
        Gen<string> names = Gen.Elements("eth0", "eth1", "enP1s2", "ä", "a.b", "q\"q", "00:15:5d:01:02:03", "00:15:5D:aa:bb:cc");
        Gen<string> patterns = Gen.Elements("bond-%s", "b%sx", "front", "'%s'", "\"%s\\");
        Gen<TimeSpan> delays = Gen.Choose(0, 86400).Select(s => TimeSpan.FromSeconds(s));
        Gen<JoinKind> joins = Gen.Elements(JoinKind.None, JoinKind.Bond);
        Gen<bool> flags = Gen.Elements(true, false);
        Gen<InterfaceSettings> one =
            from delay in Maybe(delays)
            from kind in Maybe(joins)
            from pattern in Gen.OneOf(patterns.Select(p => (string?)p), Gen.Constant((string?)null))
            from takeName in Maybe(flags)
            from force in Maybe(flags)
            select new InterfaceSettings
            { Delay = delay, Join = kind, AggregateName = pattern, TakeName = takeName, Force = force };
        Gen<Settings> all =
            from delay in delays
            from kind in joins
            from drivers in ArbMap.Default.GeneratorFor<NonEmptyString>().NonEmptyListOf()
            from pattern in patterns
            from takeName in flags
            from miimon in Gen.Choose(1, 10_000)
            from force in flags
            from keys in names.ListOf()
            from tables in one.ListOf(keys.Count)
            select new Settings
            {
                Delay = delay,
                Join = kind,
                // A lone surrogate cannot be encoded in UTF-8.
                SyntheticDrivers = [.. drivers.Select(d => d.Get.Normalized())],
                AggregateName = pattern,
                TakeName = takeName,
                Miimon = (uint)miimon,
                Force = force,
                Interfaces = new Settings().Interfaces.AddRange(
                    keys.Zip(tables, KeyValuePair.Create).DistinctBy(pair => pair.Key)),
            };

        Prop.ForAll(all.ToArbitrary(), settings => ShouldBeEqual(Read(Print(settings)), settings)).QuickCheckThrowOnFailure();

        static Gen<T?> Maybe<T>(Gen<T> gen) where T : struct =>
            Gen.OneOf(gen.Select(value => (T?)value), Gen.Constant((T?)null));
    }

    private static Settings Read(string text) => SettingsReader.Read("my.toml", Encoding.UTF8.GetBytes(text), LinuxSystem.Scope);

    private static string Print(Settings settings)
    {
        var text = new StringBuilder();
        Line("delay", Seconds(settings.Delay));
        Line("join", Name(settings.Join));
        Line("synthetic_drivers", $"[{string.Join(", ", settings.SyntheticDrivers.Select(QuotedText.Of))}]");
        Line("aggregate_name", QuotedText.Of(settings.AggregateName!));
        Line("take_name", Flag(settings.TakeName));
        Line("miimon", settings.Miimon.ToString(CultureInfo.InvariantCulture));
        Line("force", Flag(settings.Force));
        foreach ((string name, InterfaceSettings own) in settings.Interfaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"[interface.{QuotedText.Of(name)}]\n");
            if (own.Delay is { } delay)
                Line("delay", Seconds(delay));
            if (own.Join is { } join)
                Line("join", Name(join));
            if (own.AggregateName is { } pattern)
                Line("aggregate_name", QuotedText.Of(pattern));
            if (own.TakeName is { } takeName)
                Line("take_name", Flag(takeName));
            if (own.Force is { } force)
                Line("force", Flag(force));
        }
        return text.ToString();

        void Line(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
        static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        static string Name(JoinKind join) => join == JoinKind.Bond ? "\"bond\"" : "\"none\"";
        static string Flag(bool flag) => flag ? "true" : "false";
    }

    // Records compare their collections by reference, so compare those separately.
    private static void ShouldBeEqual(Settings actual, Settings expected)
    {
        actual.SyntheticDrivers.ShouldBe(expected.SyntheticDrivers);
        actual.Interfaces.OrderBy(p => p.Key).ShouldBe(expected.Interfaces.OrderBy(p => p.Key));
        (actual with { SyntheticDrivers = expected.SyntheticDrivers, Interfaces = expected.Interfaces }).ShouldBe(expected);
    }
}
