using HypervVfattach.Commands;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class PathWatchTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    private readonly PathWatch _watch = new();
    private DateTimeOffset _now = s_start;

    private PathStep Rounds(params ReadOnlySpan<bool> answers)
    {
        var step = PathStep.None;
        foreach (bool answered in answers)
        {
            _now += _watch.IsOut ? PathWatch.RoundOut : PathWatch.Round;
            step = _watch.After(answered, _now);
        }
        return step;
    }

    private void Fail()
    {
        Rounds(false, false, false).ShouldBe(PathStep.TakeOut);
        _watch.WentOut(_now);
    }

    private void Recover()
    {
        Rounds(true, true, true).ShouldBe(PathStep.BringBack);
        _watch.CameBack();
    }

    [Fact]
    public void Three_silent_rounds_in_a_row_are_a_failure()
    {
        Rounds(true, false, false, true, false, false).ShouldBe(PathStep.None);
        Rounds(false).ShouldBe(PathStep.TakeOut);
        // Until it was done.
        Rounds(false).ShouldBe(PathStep.TakeOut);
        _watch.WentOut(_now);
        Rounds(false, false, false).ShouldBe(PathStep.None);
        Rounds(true, true, false, true, true).ShouldBe(PathStep.None);
        Rounds(true).ShouldBe(PathStep.BringBack);
        _watch.CameBack();
        Rounds(false, false).ShouldBe(PathStep.None);
    }

    [Fact]
    public void A_path_that_fails_too_often_is_held_down()
    {
        for (int failure = 1; failure <= PathWatch.Failures; failure++)
        {
            Fail();
            _watch.HeldUntil.ShouldBeNull();
            Recover();
        }
        Fail();
        _watch.HeldUntil.ShouldBe(_now + PathWatch.HoldDown);
        Rounds(true, true, true, true).ShouldBe(PathStep.None);
        _now += PathWatch.HoldDown;
        Recover();
        // The failures are old now.
        Fail();
        _watch.HeldUntil.ShouldBeNull();
    }

    [Fact]
    public void Failures_far_apart_do_not_count()
    {
        for (int failure = 0; failure < 10; failure++)
        {
            Fail();
            _watch.HeldUntil.ShouldBeNull();
            Recover();
            _now += PathWatch.Window / 2;
        }
    }
}
