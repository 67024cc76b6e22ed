using System.Net;
using HypervVfattach.Commands;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class PathWatchTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    private PathWatch _watch = new();
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

    [Fact]
    public void While_the_other_path_is_silent_too_it_is_tried_seldom()
    {
        Rounds(false, false, false).ShouldBe(PathStep.TakeOut);
        _watch.IsSilentToo();
        for (int round = 1; round < PathWatch.Again; round++)
            Rounds(false).ShouldBe(PathStep.None, $"{round}");
        Rounds(false).ShouldBe(PathStep.TakeOut);
        _watch.IsSilentToo();
        // A new failure is noticed as fast as the first.
        Rounds(false, true, false, false).ShouldBe(PathStep.None);
        Rounds(false).ShouldBe(PathStep.TakeOut);
    }

    [Fact]
    public void The_next_run_of_the_service_knows_failures_hold_down_and_neighbours()
    {
        _watch.Met([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")]);
        for (int failure = 1; failure <= PathWatch.Failures; failure++)
        {
            Fail();
            Recover();
        }
        Restart();
        _watch.Known.ShouldBe([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")]);
        _watch.HeldUntil.ShouldBeNull();
        Fail();
        DateTimeOffset? until = _watch.HeldUntil;
        until.ShouldNotBeNull();
        Restart();
        _watch.HeldUntil.ShouldBe(until);
        _now += PathWatch.HoldDown;
        Restart();
        _watch.HeldUntil.ShouldBeNull();

        void Restart() => _watch = PathWatch.From(_watch.Memory(3), 3, _now);
    }

    [Fact]
    public void A_memory_of_another_vf_or_of_another_time_is_not_believed()
    {
        _watch.Met([IPAddress.Parse("192.0.2.1")]);
        PathWatch.From(_watch.Memory(3), 4, _now).Known.ShouldBeEmpty();
        // The clock was set back: a hold-down does not become longer.
        for (int failure = 0; failure <= PathWatch.Failures; failure++)
        {
            Fail();
            if (failure < PathWatch.Failures)
                Recover();
        }
        DateTimeOffset before = _now.AddYears(-1);
        PathWatch.From(_watch.Memory(3), 3, before).HeldUntil.ShouldBe(before + PathWatch.HoldDown);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("3 0 0,0,0,0, 192.0.2.1 x")]
    [InlineData("3 x 0,0,0,0, 192.0.2.1")]
    [InlineData("3 99999999999 0,0,0,0, 192.0.2.1")]
    [InlineData("3 -1 0,0,0,0, 192.0.2.1")]
    [InlineData("3 0 0,0,0, 192.0.2.1")]
    [InlineData("3 0 0,0,0,0,0, 192.0.2.1")]
    [InlineData("3 0 0,0,x,0, 192.0.2.1")]
    [InlineData("3 0 0,0,0,0, 192.0.2.1,gateway")]
    [InlineData("3 0 0,0,0,0, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33")]
    public void A_damaged_memory_is_none(string? memory)
    {
        PathWatch watch = PathWatch.From(memory, 3, _now);
        watch.HeldUntil.ShouldBeNull();
        watch.Known.ShouldBeEmpty();
    }

    [Fact]
    public void The_known_neighbours_stay_few()
    {
        for (int i = 1; i < 200; i++)
            _watch.Met([IPAddress.Parse($"192.0.2.{i}")]);
        _watch.Known.Count.ShouldBeLessThanOrEqualTo(32);
        _watch.Known.ShouldContain(IPAddress.Parse("192.0.2.199"));
        PathWatch.From(_watch.Memory(3), 3, _now).Known.Count.ShouldBe(_watch.Known.Count);
    }
}
