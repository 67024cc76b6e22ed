using System.Net;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

public class ProbeRowTests
{
    [Theory]
    [InlineData(0, 0.4, 0, true)]
    [InlineData(1, 0.4, 0, false)] // A lost probe is one too many.
    [InlineData(0, 1.0, 0.1, false)] // The network was silent, the guest was not.
    [InlineData(0, 1.0, 0.3, true)] // The guest stood still too.
    [InlineData(0, 2.0, 0.3, false)]
    public void A_phase_is_whole_if_nothing_is_lost_and_the_path_is_silent_only_with_the_guest(int lost, double silence, double still, bool whole) =>
        Row(lost, silence, still).IsWhole.ShouldBe(whole);

    [Theory]
    [InlineData(0, 0.4, 0, true)]
    [InlineData(40, 0.4, 0, true)]
    [InlineData(60, 0.4, 0, false)] // More than a silence of that length explains.
    [InlineData(40, 0.6, 0, false)]
    [InlineData(60, 0.6, 0.1, true)]
    public void A_cut_is_one_short_interruption(int lost, double silence, double still, bool cut) =>
        Row(lost, silence, still).IsCut.ShouldBe(cut);

    [Theory]
    [InlineData(1.2, 0.58, true)]
    [InlineData(1.2, 0.62, false)]
    [InlineData(9, 0.78, true)]
    [InlineData(9, 1.0, false)] // A second is an interruption on any machine.
    public void A_slow_machine_may_be_silent_for_longer(double slowness, double silence, bool cut) =>
        (Row(0, silence, 0) with { Slowness = slowness }).IsCut.ShouldBe(cut);

    [Fact]
    public void A_phase_is_as_bad_as_the_worst_of_its_addresses()
    {
        var worst = ProbeRow.Worst([Row(1, 0.1, 0), Row(2, 0.3, 0.1)]);
        worst.Sent.ShouldBe(400);
        worst.Lost.ShouldBe(3);
        worst.Silence.ShouldBe(TimeSpan.FromSeconds(0.3));
        worst.Still.ShouldBe(TimeSpan.FromSeconds(0.1));
    }

    [Theory]
    [InlineData(1200, 3, 200)]
    [InlineData(100_000, 3, 500)]
    public void The_pace_is_half_of_what_the_guest_answers(double answers, int streams, double perSecond) =>
        Pace.Of(answers, streams).PerSecond.ShouldBe(perSecond);

    [Theory]
    [InlineData(119, false)]
    [InlineData(121, true)]
    public void Fewer_than_twenty_probes_a_second_are_too_few(double answers, bool enough) =>
        Pace.Of(answers, 3).IsEnough.ShouldBe(enough);

    private static ProbeRow Row(int lost, double silence, double still) => new("phase", IPAddress.Loopback, 200, lost,
        TimeSpan.FromSeconds(silence), TimeSpan.FromSeconds(still)) { Duration = TimeSpan.FromSeconds(2) };
}
