using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>Comparison with an approved text file.</summary>
internal static class Approved
{
    /// <summary>Compares with Class.Method.approved.txt beside the test; a difference is written to .received.txt there.</summary>
    public static void ShouldBeApproved(this string text) =>
        text.ShouldMatchApproved(c => c.NoDiff().LocateTestMethodUsingAttribute<FactAttribute>());
}
