using Market.Api.Standing;
using Market.Trading;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>How long an account or a coin that let swaps fail waits, written with the end of the swap.</summary>
public sealed class WaitRow : IEntityTypeConfiguration<WaitRow>
{
    /// <summary>The longest subject: a chain's name, a transaction id and an index.</summary>
    public const int LongestSubject = 128;

    /// <summary>Who waits: see <see cref="Waits"/>.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Failures that count.</summary>
    public int Failures { get; set; }

    /// <summary>When the last of them was noted, Unix seconds.</summary>
    public long FailedAt { get; set; }

    /// <summary>Until when it waits, Unix seconds.</summary>
    public long Until { get; set; }

    /// <summary>The same as a value.</summary>
    public TakeWait Wait
    {
        get => new(Failures, FailedAt, Until);
        set => (Failures, FailedAt, Until) = (value.Failures, value.FailedAt, value.Until);
    }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<WaitRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("take_waits").HasKey(w => w.Subject);
        builder.Property(w => w.Subject).HasColumnName("subject").HasMaxLength(LongestSubject);
        builder.Property(w => w.Failures).HasColumnName("failures");
        builder.Property(w => w.FailedAt).HasColumnName("failed_at");
        builder.Property(w => w.Until).HasColumnName("until");
        builder.Ignore(w => w.Wait);
        builder.HasIndex(w => w.Until).HasDatabaseName("take_waits_until");
    }
}
