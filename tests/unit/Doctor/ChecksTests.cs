using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Doctor;
using HypervVfattach.Report;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Doctor;

public class ChecksTests
{
    internal static string[] Entries { get; } =
        Encoding.UTF8.GetString(FindingTexts.All).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

    // The checks that leave the severity to status.
    private static readonly string[] s_judged = [.. Entries.Where(entry => entry.Split('\n')[0].EndsWith(" status", StringComparison.Ordinal))
        .Select(entry => NameOf(entry).Split('/')[0]).Distinct()];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Fault.All.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_is_found_and_its_absence_is_not(int number)
    {
        Fault it = Fault.All[number];
        Has(it.Ill).ShouldBeTrue($"{it.Text}: {string.Join("; ", it.Ill.Findings().Select(found => $"{found.Check} {found.Subject} {found.Seen}"))}");
        Has(it.Well).ShouldBeFalse(it.Text);

        bool Has(Patient patient) => patient.Findings().Exists(found => found.Subject == it.Subject && IsOf(found, it.Text));
    }

    [Fact]
    public void A_healthy_host_has_no_finding()
    {
        new Patient().Findings().ShouldBeEmpty();
        new Patient { Host = "kernel 6.1.0\n2: enp0s3 52:54:00:00:00:01 up device pci e1000e" }.Findings().ShouldBeEmpty();
    }

    [Fact]
    public void Each_text_has_a_case_and_each_of_its_parts()
    {
        Entries.Select(NameOf).Except(Fault.All.Select(it => it.Text)).ShouldBeEmpty();
        foreach (string entry in Entries)
        {
            entry.Split('\n')[0].ShouldMatch("^[a-z]+(-[a-z]+)*(/[a-z-]+)? (note|degraded|broken|status)$");
            string.Concat(entry.Split('\n').Skip(1).Select(line => line[..5])).ShouldMatch("^seen (     )*why  (     )*do   (     )*(see  )?$");
        }
    }

    /// <summary>Of everything that <c>status</c> judges, <c>doctor</c> says the same.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Status_and_doctor_agree_about_the_severity(int number)
    {
        foreach (Patient patient in (Patient[])[Fault.All[number].Ill, Fault.All[number].Well])
        {
            Examined host = patient.Examined();
            Health health = HealthRules.Worst(host.Statuses, StatusReport.LoneVfs(host.Pairs, host.Sources));
            Severity worst = Checks.Of(host).Where(found => s_judged.Contains(found.Check)).Select(found => found.Severity).DefaultIfEmpty().Max();
            ((int)worst).ShouldBe((int)health, Fault.All[number].Text);
        }
    }

    [Fact]
    public void Each_fault_of_status_has_a_case()
    {
        PairFaults seen = PairFaults.None;
        foreach (Fault fault in Fault.All)
        {
            foreach (PairStatus pair in fault.Ill.Examined().Statuses)
                seen |= HealthRules.Faults(pair);
        }
        Enum.GetValues<PairFaults>().Where(fault => (seen & fault) != fault).ShouldBeEmpty();
    }

    // The words of a case are complete: nothing of a template is left.
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_finding_is_whole_sentences(int number)
    {
        foreach (Finding finding in Fault.All[number].Ill.Findings())
        {
            foreach (string words in (string[])[finding.Subject, finding.Seen, finding.Why, finding.Remedy, finding.See])
            {
                words.ShouldNotBeEmpty();
                words.ShouldNotContain("  ");
                words.Replace("{config: disabled}", "").ShouldNotContain('{');
                words.ShouldNotEndWith(".");
            }
        }
    }

    [Fact]
    public void The_worst_comes_first() => new Patient
    {
        Host = Patient.Azure + "address 3 10.0.0.9/24\nfilter 3 ingress bpf", MissingPrivilege = "CAP_NET_ADMIN",
        Change = host => host with { Links = [.. host.Links.Select(it => it.Index == 3 ? it with { Carrier = false } : it)] },
    }.Findings().ConvertAll(found => $"{found.Severity} {found.Check}").ShouldBe(["Broken data-path", "Degraded vf-address", "Degraded filter", "Note unseen"]);

    internal static string NameOf(string entry) => entry[..entry.IndexOf(' ')];

    // An entry is recognised by what it says before its first variable part.
    private static bool IsOf(Finding found, string text)
    {
        string entry = Entries.First(it => NameOf(it) == text);
        string[] seen = entry.Split('\n')[1][5..].Split(["{0}", "{1}", "{2}", "{3}"], StringSplitOptions.None);
        return found.Check == text.Split('/')[0] && entry.Split('\n')[0].Split(' ')[1] is var severity && (severity == "status" || severity == DoctorWords.Of(found.Severity))
            && found.Seen.StartsWith(seen[0], StringComparison.Ordinal) && found.Seen.Contains(seen[^1].TrimEnd(), StringComparison.Ordinal)
            && (seen.Length > 2 ? found.Seen.Contains(seen[1], StringComparison.Ordinal) : true);
    }
}
