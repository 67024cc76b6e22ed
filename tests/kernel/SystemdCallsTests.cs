using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Linux.Systemd;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Calls to the systemd that is process 1, each on a new connection, as in each run of the program. tests/vm runs them in guests
/// of each release; the tier's own guest has no systemd.</summary>
[Trait("systemd", "true")]
public sealed class SystemdCallsTests(ITestOutputHelper output)
{
    private const int Calls = 500;

    // The program's time-out; a call that takes as long hangs.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(25);

    [Fact]
    public void None_hangs_on_the_private_socket() => Call(() =>
        ServiceManager.TryConnect("/run/systemd/private", s_patience) ?? throw new InvalidOperationException("no connection"));

    [Fact]
    public void None_hangs_on_the_system_bus() => Call(ServiceManager.OnSystemBus);

    private void Call(Func<ServiceManager> connect)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        for (int call = 0; call < Calls; call++)
        {
            long began = Stopwatch.GetTimestamp();
            using ServiceManager manager = connect();
            Assert.InRange(manager.Version(), 200, 999);
            longest = Stopwatch.GetElapsedTime(began) is var took && took > longest ? took : longest;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Calls} calls in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s, the longest {longest.TotalMilliseconds:0} ms"));
    }
}
