"""What the dashboard shows: a ward's page, the page across one's wards, and the whole trust's."""
