using System.Text.Json;
using System.Text.RegularExpressions;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Faults that are really made in a guest of KVM, one after the other (Doctor/faults.sh), and what <c>doctor</c> finds of each. The unit
/// tests know from the approved text which findings were recorded so.</summary>
[Part(Part.Configuration)]
public partial class DoctorFaultsTests(ITestOutputHelper output) : ProductScenario(output)
{
    /// <inheritdoc/>
    protected override string Settings => "observe_only = true\n";

    [Fact]
    public async Task Each_fault_is_found()
    {
        string synthetic = await AddressAsync();
        await Machine.PlugAsync(Vf);
        string vf = await Machine.NameAsync(Vf);
        await Machine.CopyAsync([GuestFile.Copy("/run/faults.sh", Path.Combine(Repository.Top, "tests", "vm", "Doctor", "faults.sh"))]);
        var run = await Machine.TryAsync($"sh /run/faults.sh {synthetic} {vf}", TimeSpan.FromMinutes(20));
        Say(run.Error);
        run.Error.ShouldNotContain("faults.sh:");
        string text = "";
        HashSet<string> usual = [];
        foreach (string part in run.Output.Split("### ")[1..])
        {
            int end = part.IndexOf('\n');
            string name = part[..end];
            using var report = JsonDocument.Parse(part[end..]);
            string[] findings = [.. report.RootElement.GetProperty("findings").EnumerateArray().Select(Line)];
            if (name.StartsWith("nothing", StringComparison.Ordinal))
                usual = [.. findings];
            text += $"{name}\n{string.Concat(findings.Where(finding => name.StartsWith("nothing", StringComparison.Ordinal) || !usual.Contains(finding)))}\n";
        }
        text.ShouldMatchApproved(c => c.NoDiff().LocateTestMethodUsingAttribute<FactAttribute>().SubFolder("Doctor"));
    }

    // Numbers of processes and the moment differ from run to run.
    private static string Line(JsonElement finding)
    {
        string seen = Moment().Replace(Process().Replace(Text("seen"), "process N"), "TIME");
        return $"  {Text("severity")}  {Kernel().Replace(Text("object"), "$1KERNEL")}  ({Text("check")})\n    {seen}\n";

        string Text(string key) => finding.GetProperty(key).GetString()!;
    }

    [GeneratedRegex("process [0-9]+")]
    private static partial Regex Process();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}Z")]
    private static partial Regex Moment();

    [GeneratedRegex("^(/boot/initrd.img-).*")]
    private static partial Regex Kernel();
}
