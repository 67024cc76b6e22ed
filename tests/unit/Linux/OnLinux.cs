using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Skips a test where it cannot run, with the reason.</summary>
internal static class OnLinux
{
    /// <summary>Skips on other systems: the Linux backend needs a real Linux.</summary>
    public static void OrSkip() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
}
