using Market.Chains.Stratum;

namespace Market.Chains.Tests.Stratum;

/// <summary>How all are given something: others have their turn meanwhile, and hold nobody up.</summary>
public sealed class StratumTourTests
{
    private const int Slice = StratumTour.Slice;
    private const int All = (3 * Slice) + 1;

    private readonly TurnClock _clock = new();
    private readonly List<int> _visited = [];
    private readonly List<int> _turns = [];

    [Fact]
    public async Task Others_have_their_turn_after_every_slice_and_not_after_the_last()
    {
        await GoAsync(TourOf(All));
        Assert.Equal([Slice, 2 * Slice, 3 * Slice], _turns);
        Assert.Equal(Enumerable.Range(0, All), _visited.Order());
        _turns.Clear();
        await GoAsync(TourOf(Slice));
        Assert.Empty(_turns);
    }

    [Fact]
    public async Task What_cannot_wait_gives_nobody_a_turn()
    {
        await TourOf(All).GoAsync(_visited.Add, CancellationToken.None, givesTurns: false);
        Assert.Empty(_turns);
        Assert.Equal(All, _visited.Count);
    }

    [Fact]
    public async Task However_much_others_have_to_do_they_hold_a_tour_up_for_so_long_and_no_longer()
    {
        const int longer = 8 * Slice;
        await GoAsync(TourOf(longer), eachTurn: StratumTour.MostWait / 2);
        Assert.Equal([Slice, 2 * Slice], _turns);
        Assert.Equal(longer, _visited.Count);
    }

    [Fact]
    public async Task One_that_fails_keeps_it_from_no_other_and_is_told()
    {
        var tour = TourOf(All);
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => tour.GoAsync(
            one =>
            {
                _visited.Add(one);
                if (one == Slice)
                {
                    throw new InvalidOperationException("a bug of one");
                }
            },
            CancellationToken.None));
        Assert.Equal("a bug of one", bug.Message);
        Assert.Equal(All, _visited.Count);
    }

    [Fact]
    public async Task It_is_not_always_the_same_who_are_last()
    {
        var tour = TourOf(All);
        await GoAsync(tour);
        var last = _visited[^1];
        _visited.Clear();
        await GoAsync(tour);
        Assert.NotEqual(last, _visited[^1]);
        Assert.Equal(Enumerable.Range(0, All), _visited.Order());
    }

    [Fact]
    public async Task It_ends_where_it_is_asked_to()
    {
        using var stop = new CancellationTokenSource();
        var tour = TourOf(All, () => stop.CancelAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tour.GoAsync(_visited.Add, stop.Token));
        Assert.Equal(Slice, _visited.Count);
    }

    [Fact]
    public async Task Nobody_at_all_is_a_tour_too()
    {
        await GoAsync(TourOf(0));
        Assert.Empty(_visited);
    }

    private StratumTour<int> TourOf(int count, Func<Task>? turn = null) => new(
        () => Enumerable.Range(0, count), _clock, async () =>
        {
            _turns.Add(_visited.Count);
            _clock.Pass();
            await (turn?.Invoke() ?? Task.CompletedTask);
        });

    private Task GoAsync(StratumTour<int> tour, TimeSpan eachTurn = default)
    {
        _clock.Turn = eachTurn;
        return tour.GoAsync(_visited.Add, CancellationToken.None);
    }

    /// <summary>Moves by the length of a turn with each.</summary>
    private sealed class TurnClock : TimeProvider
    {
        private long _ticks;

        public TimeSpan Turn { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass() => _ticks += Turn.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
