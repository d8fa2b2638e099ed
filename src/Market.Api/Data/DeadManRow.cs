using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A dead man's switch that is set: on a timer, or on a stream that is open.</summary>
public sealed class DeadManRow : IEntityTypeConfiguration<DeadManRow>
{
    /// <summary>The longest id.</summary>
    public const int LongestId = 80;

    /// <summary>"timer:" and the key, or "stream:" and a name of the stream.</summary>
    public string Id { get; set; } = "";

    /// <summary>The account's key, x-only hex.</summary>
    public string Key { get; set; } = "";

    /// <summary>When it fires; null of a stream, which ends when it ends, and with the server.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<DeadManRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("dead_men").HasKey(d => d.Id);
        builder.Property(d => d.Id).HasColumnName("id").HasMaxLength(LongestId);
        builder.Property(d => d.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(d => d.Due).HasColumnName("due");
    }
}
