using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class TradeStatusesAndWaits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<short>(
                name: "status",
                schema: "market",
                table: "trades",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "status_at",
                schema: "market",
                table: "trades",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "failed_by",
                schema: "market",
                table: "swaps",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "locked_at",
                schema: "market",
                table: "swaps",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "take_waits",
                schema: "market",
                columns: table => new
                {
                    subject = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    failed_at = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_take_waits", x => x.subject);
                });

            migrationBuilder.CreateIndex(
                name: "trades_final",
                schema: "market",
                table: "trades",
                columns: new[] { "instrument", "id" },
                filter: "status = 1");

            migrationBuilder.CreateIndex(
                name: "take_waits_until",
                schema: "market",
                table: "take_waits",
                column: "until");

            // What matching was told of a swap first is what became of its trade; of others the market is told once it runs.
            migrationBuilder.Sql("""
                update market.trades t set status = case when o.seller = 0 then 1 else 2 end, status_at = s.updated_at
                from (select distinct on (swap_id) swap_id, seller from market.swap_outbox where done
                    order by swap_id, number) o
                join market.swaps s on s.id = o.swap_id
                where s.instrument = t.instrument and s.trade_id = t.id;
                update market.swaps s set failed_by = case
                    when f.machine #>> '{failure,code}' = 'keysMissing' then
                        (case when f.machine -> 'initiatorKeys' is null then 1 else 0 end)
                        + (case when f.machine -> 'participantKeys' is null then 2 else 0 end)
                    when f.machine #>> '{failure,blamed}' = 'initiator' then 1
                    when f.machine #>> '{failure,blamed}' = 'participant' then 2
                    else 0 end
                from (select id, machine::jsonb as machine from market.swaps) f
                where f.id = s.id and f.machine -> 'failure' is not null;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "take_waits",
                schema: "market");

            migrationBuilder.DropIndex(
                name: "trades_final",
                schema: "market",
                table: "trades");

            migrationBuilder.DropColumn(
                name: "status",
                schema: "market",
                table: "trades");

            migrationBuilder.DropColumn(
                name: "status_at",
                schema: "market",
                table: "trades");

            migrationBuilder.DropColumn(
                name: "failed_by",
                schema: "market",
                table: "swaps");

            migrationBuilder.DropColumn(
                name: "locked_at",
                schema: "market",
                table: "swaps");
        }
    }
}
