using System.Text.Json;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>What was said of an instrument's worth in one minute: written once and never changed. Those that are the first of no
/// hour go after <see cref="KeptMinutes"/>; the first of each hour stays for ever.</summary>
public sealed class ReadingRow : IEntityTypeConfiguration<ReadingRow>
{
    /// <summary>Readings of every minute are kept for so many minutes: eight days.</summary>
    public const long KeptMinutes = 8 * 24 * 60;

    private const int Hour = 60;
    private const int Day = 24 * Hour;
    private const int FiveMinutes = 5;

    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>Whole minutes since 1970 (UTC) at its moment.</summary>
    public long Minute { get; set; }

    /// <summary>Its moment.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The longest interval whose first reading it is, at least a minute: a <see cref="CandleInterval"/>.</summary>
    public short First { get; set; }

    /// <summary>All of it as <see cref="WorthReading"/> in JSON.</summary>
    public string Said { get; set; } = "";

    /// <summary>The minute of a time.</summary>
    public static long MinuteOf(DateTimeOffset time) => (long)Math.Floor(time.ToUnixTimeMilliseconds() / 60_000.0);

    /// <summary>As everybody sees it.</summary>
    public WorthReading ToContract() => JsonSerializer.Deserialize<WorthReading>(Said, MarketJson.Options)
        ?? throw new InvalidOperationException($"The reading of {Instrument} in minute {Minute} is empty.");

    /// <summary>Writes a reading, unless there is one of its minute.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="reading">What is said.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task WriteAsync(MarketDb db, WorthReading reading, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(reading);
        var (id, minute) = (reading.Instrument, MinuteOf(reading.Time));
        var said = JsonSerializer.Serialize(reading, MarketJson.Options);
        var written = await db.Database.ExecuteSqlAsync($"""
            insert into market.readings (instrument, minute, "time", first, said)
            select {id}, {minute}, {reading.Time.UtcDateTime},
                case when not exists (select 1 from market.readings where instrument = {id}
                        and minute >= {minute / Day * Day} and minute < {(minute / Day + 1) * Day}) then {(short)CandleInterval.Day}
                    when not exists (select 1 from market.readings where instrument = {id}
                        and minute >= {minute / Hour * Hour} and minute < {(minute / Hour + 1) * Hour})
                        then {(short)CandleInterval.Hour}
                    when not exists (select 1 from market.readings where instrument = {id}
                        and minute >= {minute / FiveMinutes * FiveMinutes} and minute < {(minute / FiveMinutes + 1) * FiveMinutes})
                        then {(short)CandleInterval.FiveMinutes}
                    else {(short)CandleInterval.Minute} end,
                {said}::jsonb
            on conflict (instrument, minute) do nothing
            """, cancel);
        // Also of instruments that are gone: once an hour of any that is there.
        if (written > 0 && minute % Hour == 0) await LetGoAsync(db, minute - KeptMinutes, cancel);
    }

    /// <summary>Lets go of what is older and the first of no hour, whatever instrument's.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="before">Of minutes before this one.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task<int> LetGoAsync(MarketDb db, long before, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Set<ReadingRow>().Where(r => r.First < (short)CandleInterval.Hour && r.Minute < before)
            .ExecuteDeleteAsync(cancel);
    }

    /// <summary>Readings of one instrument, the newest first.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="every">The first of each such interval.</param>
    /// <param name="from">From this time on; null from the first.</param>
    /// <param name="to">Before this time; null up to the newest.</param>
    /// <param name="before">Of minutes before this one.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task<List<ReadingRow>> ReadAsync(
        MarketDb db, string instrument, CandleInterval every, DateTimeOffset? from, DateTimeOffset? to, long before, int most,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var since = from?.ToUniversalTime() ?? DateTimeOffset.UnixEpoch;
        var until = to?.ToUniversalTime() ?? DateTimeOffset.MaxValue;
        // Minutes, too: they are what the table is sorted by.
        var (first, last, length) = (MinuteOf(since), MinuteOf(until), (short)every);
        return db.Set<ReadingRow>().AsNoTracking()
            .Where(r => r.Instrument == instrument && r.First >= length
                && r.Minute >= first && r.Minute <= last && r.Minute < before && r.Time >= since && r.Time < until)
            .OrderByDescending(r => r.Minute).Take(most).ToListAsync(cancel);
    }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ReadingRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("readings").HasKey(r => new { r.Instrument, r.Minute });
        builder.Property(r => r.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(r => r.Minute).HasColumnName("minute").ValueGeneratedNever();
        builder.Property(r => r.Time).HasColumnName("time");
        builder.Property(r => r.First).HasColumnName("first");
        builder.Property(r => r.Said).HasColumnName("said").HasColumnType("jsonb");
        builder.HasIndex(r => r.Minute).HasFilter("first < 3").HasDatabaseName("readings_passing");
    }
}
